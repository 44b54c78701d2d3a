-- ts_depth: how full the lane is.
--
-- Keys:      1 the lane's prefix
-- Arguments: none
-- Returns:   [waiting, running, reported, oldest]: waiting jobs by priority, 0 first; held jobs; entries of outcomes that
--            the platform has not acknowledged; the id of the job that waits longest, '' for none
-- Data:      reads only.

redis.register_function{
  function_name = 'ts_depth',
  flags = { 'no-writes' },
  callback = function(keys)
    local prefix = keys[1]
    local ready, waiting, oldest = prefix .. 'ready', {}, ''
    for priority = 0, 9 do
      local score = 9 - priority
      waiting[#waiting + 1] = redis.call('ZCOUNT', ready, score, score)
      local first = redis.call('ZRANGEBYSCORE', ready, score, score, 'LIMIT', 0, 1)[1]
      if first and (oldest == '' or first < oldest) then oldest = first end
    end
    return { waiting, redis.call('ZCARD', prefix .. 'leases'), redis.call('XLEN', prefix .. 'outcomes'), oldest }
  end
}
