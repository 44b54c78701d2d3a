-- ts_retire: remove what is left of a lane that nobody uses any more.
--
-- Keys:      1 the lane's prefix
-- Arguments: none
-- Returns:   1 when the lane is gone, 0 when it still has jobs, outcomes or workers and was left alone
-- Data:      deletes every key of the lane.

redis.register_function{
  function_name = 'ts_retire',
  flags = { 'allow-oom' },
  callback = function(keys)
    local prefix = keys[1]
    local inUse = redis.call('HLEN', prefix .. 'jobs') + redis.call('HLEN', prefix .. 'workers')
      + redis.call('ZCARD', prefix .. 'leases') + redis.call('XLEN', prefix .. 'outcomes')
    if inUse > 0 then return 0 end
    redis.call('DEL', prefix .. 'jobs', prefix .. 'ready', prefix .. 'leases', prefix .. 'holders', prefix .. 'untold',
      prefix .. 'cancelled', prefix .. 'wake', prefix .. 'workers', prefix .. 'outcomes')
    return 1
  end
}
