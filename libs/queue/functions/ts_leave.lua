-- ts_leave: the worker says goodbye.
--
-- Keys:      1 the lane's prefix
-- Arguments: 1 worker id
-- Returns:   how many jobs were handed back, as by ts_release
-- Data:      removes the worker from workers; looks through all of holders, which is as long as the lane has slots.

redis.register_function{
  function_name = 'ts_leave',
  flags = { 'allow-oom' },
  callback = function(keys, args)
    local prefix, worker = keys[1], args[1]
    if not worker then return redis.error_reply('ERR ts_leave takes <workerId>') end
    redis.call('HDEL', prefix .. 'workers', worker)
    local held, holders = {}, {}
    local all = redis.call('HGETALL', prefix .. 'holders')
    for n = 1, #all, 2 do
      if isHeldBy(all[n + 1], worker) then
        held[#held + 1] = all[n]
        holders[#holders + 1] = all[n + 1]
      end
    end
    handBack(prefix, worker, held, holders)
    return #held
  end
}
