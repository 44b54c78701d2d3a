-- ts_report: progress and log lines of running jobs.
--
-- Keys:      1 the lane's prefix
-- Arguments: 1 worker id
--            2.. pairs of a job id and a report (JSON, passed on as it is)
-- Returns:   how many reports were taken; those of jobs that this worker does not hold are dropped
-- Data:      adds to outcomes; before the first report of a job, that it has started.

redis.register_function('ts_report', function(keys, args)
  local prefix, worker = keys[1], args[1]
  if not worker or #args % 2 == 0 then
    return redis.error_reply('ERR ts_report takes <workerId> [<jobId> <report>]...')
  end
  local ids = {}
  for n = 2, #args, 2 do ids[#ids + 1] = args[n] end
  local held, reports = {}, {}
  for n, holder in ipairs(lookUp(prefix .. 'holders', ids)) do
    if isHeldBy(holder, worker) then
      held[#held + 1] = ids[n]
      reports[#reports + 1] = args[1 + n * 2]
    end
  end
  tellOfStarts(prefix, worker, held)
  local at = toText(nowMs())
  for n, id in ipairs(held) do
    redis.call('XADD', prefix .. 'outcomes', '*', 'jobs', id, 'worker', worker, 'at', at, 'message', reports[n])
  end
  return #held
end)
