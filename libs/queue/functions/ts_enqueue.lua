-- ts_enqueue: push jobs. Pushing a job that Redis knows already changes nothing.
--
-- Keys:      1 the lane's prefix
--            2 the set of the lanes that have content, where the lane is named: no reader can miss a lane that has jobs
--            3 with a note: the hash of the notes of runs that the log does not have yet
-- Arguments: with a note the run's id and the note; then triples of a job id, its priority (0 to 9) and its payload (JSON)
-- Returns:   how many jobs were new
-- Data:      adds to jobs and ready, and to what keys 2 and 3 name.

redis.register_function('ts_enqueue', function(keys, args)
  local prefix, lanes, notes = keys[1], keys[2], keys[3]
  local first = notes and 3 or 1
  if (#args - first + 1) % 3 ~= 0 then return redis.error_reply('ERR ts_enqueue takes [<jobId> <priority> <payload>]...') end
  if lanes then redis.call('SADD', lanes, string.match(prefix, '{(.*)}')) end
  if notes then redis.call('HSET', notes, args[1], args[2]) end
  local jobs, waiting = prefix .. 'jobs', {}
  for n = first, #args, 3 do
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
