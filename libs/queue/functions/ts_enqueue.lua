-- ts_enqueue: push jobs. Pushing a job that Redis knows already changes nothing.
--
-- Keys:      1 the lane's prefix
-- Arguments: triples of a job id, its priority (0 to 9) and its payload (JSON)
-- Returns:   how many jobs were new
-- Data:      adds to jobs and ready.

redis.register_function('ts_enqueue', function(keys, args)
  local prefix = keys[1]
  if #args % 3 ~= 0 then return redis.error_reply('ERR ts_enqueue takes [<jobId> <priority> <payload>]...') end
  local jobs, waiting = prefix .. 'jobs', {}
  for n = 1, #args, 3 do
    if redis.call('HSETNX', jobs, args[n], args[n + 2]) == 1 then
      waiting[#waiting + 1] = tostring(9 - tonumber(args[n + 1]))
      waiting[#waiting + 1] = args[n]
    end
  end
  if #waiting == 0 then return 0 end
  eachSlice(waiting, function(...) redis.call('ZADD', prefix .. 'ready', ...) end)
  offerWork(prefix)
  return #waiting / 2
end)
