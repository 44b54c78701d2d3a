-- ts_expire: end overdue leases; forget workers that have gone silent.
--
-- Keys:      1 the lane's prefix
-- Arguments: 1 age of the last heartbeat after which a worker is forgotten, ms
--            2 how many leases to end at most, up to 1,000
-- Returns:   [lost, forgotten]: job ids whose lease ended; ids of workers
-- Data:      takes jobs out of leases, holders and cancelled, and adds one `lost` entry a worker to outcomes. jobs keeps
--            them until the platform has decided (ts_acknowledge).

local function endOverdue(prefix, now, limit)
  local ids = redis.call('ZRANGEBYSCORE', prefix .. 'leases', '-inf', toText(now), 'LIMIT', 0, limit)
  local byWorker = {}
  for n, holder in ipairs(lookUp(prefix .. 'holders', ids)) do
    local worker = holder and string.sub(holder, 2) or ''
    byWorker[worker] = byWorker[worker] or {}
    table.insert(byWorker[worker], ids[n])
  end
  endLeases(prefix, ids)
  for worker, jobs in pairs(byWorker) do
    redis.call('XADD', prefix .. 'outcomes', '*', 'jobs', table.concat(jobs, ','), 'worker', worker, 'at', toText(now),
      'ends', '1', 'message', '{"kind":"lost"}')
  end
  return ids
end

local function forgetSilent(prefix, oldestAt)
  local forgotten = {}
  local workers = redis.call('HGETALL', prefix .. 'workers')
  for n = 1, #workers, 2 do
    local at = tonumber(string.match(workers[n + 1], '^{"at":(%d+)') or 0)
    if at < oldestAt then forgotten[#forgotten + 1] = workers[n] end
  end
  eachSlice(forgotten, function(...) redis.call('HDEL', prefix .. 'workers', ...) end)
  return forgotten
end

redis.register_function{
  function_name = 'ts_expire',
  flags = { 'allow-oom' },
  callback = function(keys, args)
    local prefix, silentMs, limit = keys[1], tonumber(args[1]), tonumber(args[2])
    if not silentMs or not limit then return redis.error_reply('ERR ts_expire takes <silentMs> <limit>') end
    local now = nowMs()
    return { endOverdue(prefix, now, math.min(limit, MOST_AT_ONCE)), forgetSilent(prefix, now - silentMs) }
  end
}
