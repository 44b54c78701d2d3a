-- ts_work: settle what is done, claim what is next.
--
-- Keys:      1 the lane's prefix
-- Arguments: 1 worker id
--            2 length of a lease, ms
--            3 how many jobs to claim, may be 0; at most 1,000 are given at once
--            4.. pairs of a job id and its outcome (JSON, passed on as it is)
-- Returns:   [late, claimed]: ids of settled jobs that this worker no longer held; a flat list of job ids and payloads
-- Data:      settling takes jobs out of leases, holders, untold and cancelled, and adds one entry to outcomes for all of them;
--            late ones get an entry of their own. Claiming moves jobs from ready to leases, holders and untold.
--
-- This is the hot path: a fixed number of calls for the whole batch.

local function settle(prefix, worker, at, args)
  local ids = {}
  for n = 4, #args, 2 do ids[#ids + 1] = args[n] end

  local holders = lookUp(prefix .. 'holders', ids)
  local outcomes, settled, late, inTime, tooLate, seen = prefix .. 'outcomes', {}, {}, {}, {}, {}
  for n, id in ipairs(ids) do
    local pairsOfKind = tooLate
    if isHeldBy(holders[n], worker) and not seen[id] then
      seen[id] = true
      settled[#settled + 1] = id
      pairsOfKind = inTime
    else
      late[#late + 1] = id
    end
    pairsOfKind[#pairsOfKind + 1] = id
    pairsOfKind[#pairsOfKind + 1] = args[3 + n * 2]
  end
  eachSlice(inTime, function(...)
    redis.call('XADD', outcomes, '*', 'worker', worker, 'at', at, 'ends', '1', ...)
  end)
  eachSlice(tooLate, function(...)
    redis.call('XADD', outcomes, '*', 'worker', worker, 'at', at, 'ends', '1', 'late', '1', ...)
  end)
  endLeases(prefix, settled)
  return late
end

local function claim(prefix, worker, now, leaseMs, want)
  local popped = redis.call('ZPOPMIN', prefix .. 'ready', want)
  local ids, scores = {}, {}
  for n = 1, #popped, 2 do
    ids[#ids + 1] = popped[n]
    scores[#scores + 1] = popped[n + 1]
  end

  local payloads = lookUp(prefix .. 'jobs', ids)
  local claimed, leases, holders, untold = {}, {}, {}, {}
  local leaseEnds, at = toText(now + leaseMs), toText(now)
  for n, id in ipairs(ids) do
    -- A job that waits without a payload has ended meanwhile, e.g. pushed again after a wipe and settled late: skip it.
    if payloads[n] then
      claimed[#claimed + 1] = id
      claimed[#claimed + 1] = payloads[n]
      leases[#leases + 1] = leaseEnds
      leases[#leases + 1] = id
      holders[#holders + 1] = id
      holders[#holders + 1] = scores[n] .. worker
      untold[#untold + 1] = id
      untold[#untold + 1] = at
    end
  end
  eachSlice(leases, function(...) redis.call('ZADD', prefix .. 'leases', ...) end)
  eachSlice(holders, function(...) redis.call('HSET', prefix .. 'holders', ...) end)
  eachSlice(untold, function(...) redis.call('HSET', prefix .. 'untold', ...) end)
  return claimed
end

redis.register_function{
  function_name = 'ts_work',
  flags = { 'allow-oom' },
  callback = function(keys, args)
    local prefix, worker, leaseMs, want = keys[1], args[1], tonumber(args[2]), tonumber(args[3])
    if not leaseMs or not want or #args % 2 == 0 then
      return redis.error_reply('ERR ts_work takes <workerId> <leaseMs> <want> [<jobId> <outcome>]...')
    end
    local now = nowMs()
    local late = {}
    if #args > 3 then late = settle(prefix, worker, toText(now), args) end
    local claimed = {}
    if want > 0 then claimed = claim(prefix, worker, now, leaseMs, math.min(want, MOST_AT_ONCE)) end
    offerWork(prefix)
    return { late, claimed }
  end
}
