-- ts_retire: remove what is left of a lane that nobody uses any more.
--
-- Keys:      1 the lane's prefix
--            2 the set of the lanes that have content, which the lane then leaves
-- Arguments: none
-- Returns:   1 when the lane is gone, 0 when it still has jobs, outcomes or workers and was left alone
-- Data:      deletes every key of the lane, and its name from what key 2 names.

redis.register_function{
  function_name = 'ts_retire',
  flags = { 'allow-oom' },
  callback = function(keys)
    local prefix, lanes = keys[1], keys[2]
    local inUse = redis.call('HLEN', prefix .. 'jobs') + redis.call('HLEN', prefix .. 'workers')
      + redis.call('ZCARD', prefix .. 'leases') + redis.call('XLEN', prefix .. 'outcomes')
    if inUse > 0 then return 0 end
    redis.call('DEL', prefix .. 'jobs', prefix .. 'ready', prefix .. 'leases', prefix .. 'holders', prefix .. 'untold',
      prefix .. 'cancelled', prefix .. 'wake', prefix .. 'workers', prefix .. 'outcomes')
    if lanes then redis.call('SREM', lanes, string.match(prefix, '{(.*)}')) end
    return 1
  end
}
