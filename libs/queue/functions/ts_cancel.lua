-- ts_cancel: take a waiting job away, or ask the worker that holds it to stop.
--
-- Keys:      1 the lane's prefix
-- Arguments: 1 job id
-- Returns:   'removed' (it waited and is gone), 'signalled' (the holder learns it with its next heartbeat) or
--            'unknown' (neither waiting nor held: never pushed, or its outcome is on the way)
-- Data:      removes from ready and jobs, or adds to cancelled.

redis.register_function{
  function_name = 'ts_cancel',
  flags = { 'allow-oom' },
  callback = function(keys, args)
    local prefix, id = keys[1], args[1]
    if not id then return redis.error_reply('ERR ts_cancel takes <jobId>') end
    if redis.call('ZREM', prefix .. 'ready', id) == 1 then
      redis.call('HDEL', prefix .. 'jobs', id)
      return 'removed'
    end
    if redis.call('HEXISTS', prefix .. 'holders', id) == 1 then
      redis.call('SADD', prefix .. 'cancelled', id)
      return 'signalled'
    end
    return 'unknown'
  end
}
