-- ts_heartbeat: the worker is alive; its leases go on.
--
-- Keys:      1 the lane's prefix
-- Arguments: 1 worker id
--            2 length of a lease from now, ms
--            3 what the worker says of itself (JSON, kept as it is)
--            4.. ids of the jobs it holds
-- Returns:   [lost, cancelled]: ids whose lease this worker does not hold; ids that somebody asked to cancel
-- Data:      workers gets the moment and the info; leases of held jobs get a new end. An overdue lease that the sweep
--            (ts_expire) has not reached yet is renewed: nobody else has the job, so taking it away would help nobody.
--            outcomes gets a `started` for each held job that has none yet.

redis.register_function{
  function_name = 'ts_heartbeat',
  flags = { 'allow-oom' },
  callback = function(keys, args)
    local prefix, worker, leaseMs = keys[1], args[1], tonumber(args[2])
    if not leaseMs or not args[3] then
      return redis.error_reply('ERR ts_heartbeat takes <workerId> <leaseMs> <info> [<jobId>]...')
    end
    local now = nowMs()
    redis.call('HSET', prefix .. 'workers', worker, '{"at":' .. toText(now) .. ',"info":' .. args[3] .. '}')
    if #args == 3 then return { {}, {} } end

    local ids = {}
    for n = 4, #args do ids[#ids + 1] = args[n] end
    local lost, held, leases = {}, {}, {}
    local leaseEnds = toText(now + leaseMs)
    for n, holder in ipairs(lookUp(prefix .. 'holders', ids)) do
      if isHeldBy(holder, worker) then
        held[#held + 1] = ids[n]
        leases[#leases + 1] = leaseEnds
        leases[#leases + 1] = ids[n]
      else
        lost[#lost + 1] = ids[n]
      end
    end
    eachSlice(leases, function(...) redis.call('ZADD', prefix .. 'leases', ...) end)
    tellOfStarts(prefix, worker, held)

    local cancelled = {}
    if redis.call('SCARD', prefix .. 'cancelled') > 0 then
      for _, id in ipairs(held) do
        if redis.call('SISMEMBER', prefix .. 'cancelled', id) == 1 then cancelled[#cancelled + 1] = id end
      end
    end
    return { lost, cancelled }
  end
}
