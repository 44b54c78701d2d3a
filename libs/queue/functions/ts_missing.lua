-- ts_missing: which of these jobs Redis does not know.
--
-- Keys:      1 the lane's prefix
-- Arguments: job ids
-- Returns:   those that are not in jobs
-- Data:      reads only.

redis.register_function{
  function_name = 'ts_missing',
  flags = { 'no-writes' },
  callback = function(keys, args)
    local jobs, missing = keys[1] .. 'jobs', {}
    for _, id in ipairs(args) do
      -- HEXISTS and not HMGET: the payloads would be copied for nothing.
      if redis.call('HEXISTS', jobs, id) == 0 then missing[#missing + 1] = id end
    end
    return missing
  end
}
