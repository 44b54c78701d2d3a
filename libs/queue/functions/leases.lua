-- What the functions share: leases, the outcome stream and the wake-up token of one lane.
--
-- Keys:      none of its own; every function gets the lane's prefix as its first key and adds the names below.
-- Data model (docs/worker-protocol.md section 9):
--   jobs       hash        job id -> payload, from the push until the platform has committed the end of the attempt
--   ready      sorted set  waiting job ids, score 9 - priority; equal scores sort by id, which is by age (UUIDv7)
--   leases     sorted set  held job ids, score = time the lease ends, milliseconds of Redis's own clock
--   holders    hash        held job id -> one digit, the score it had in ready, then the worker's id
--   untold     hash        held job id -> when it was claimed, until outcomes tells of its start or its end: most jobs end first
--   cancelled  set         held job ids with a cancel request
--   wake       list        at most one token, present while ready may have members
--   workers    hash        worker id -> {"at": <ms>, "info": {...}}
--   outcomes   stream      worker, at, where true `late` and `ends` (the entry ends leases), and what is said: `jobs` and one
--                          `message` for all of them, or a field for each job, named by its id, with a message of its own
-- A full Redis must still be able to drain, so the functions that only move or remove jobs carry the flag `allow-oom`;
-- ts_enqueue and ts_report do not, and Redis refuses them whole when it has no memory left.
-- A job is in ready, or in leases and holders, or an entry of outcomes ends it; never in two of them.

-- Lua can unpack about 8,000 values at once. Even, so that pairs stay together.
local SLICE = 1000

-- The most jobs that one call claims or expires: Redis serves nobody else meanwhile.
local MOST_AT_ONCE = 1000

-- Calls act(...) with the members of a list, a slice at a time; never for an empty list.
local function eachSlice(list, act)
  for first = 1, #list, SLICE do
    act(unpack(list, first, math.min(first + SLICE - 1, #list)))
  end
end

-- HMGET of any number of fields; false stands for an absent one.
local function lookUp(hash, fields)
  if #fields == 0 then return {} end
  if #fields <= SLICE then return redis.call('HMGET', hash, unpack(fields)) end
  local values = {}
  eachSlice(fields, function(...)
    for _, value in ipairs(redis.call('HMGET', hash, ...)) do values[#values + 1] = value end
  end)
  return values
end

-- Milliseconds since 1970, as text: Lua would print so large a number as 1.76e+12.
local function toText(ms)
  return string.format('%.0f', ms)
end

local function nowMs()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function isHeldBy(holder, worker)
  return holder and string.sub(holder, 2) == worker
end

local function scoreOf(holder)
  return string.sub(holder, 1, 1)
end

-- The jobs among ids that the worker holds, with the value of each in holders.
local function heldBy(prefix, worker, ids)
  local held, values = {}, {}
  for n, holder in ipairs(lookUp(prefix .. 'holders', ids)) do
    if isHeldBy(holder, worker) then
      held[#held + 1] = ids[n]
      values[#values + 1] = holder
    end
  end
  return held, values
end

local function endLeases(prefix, ids)
  eachSlice(ids, function(...)
    redis.call('ZREM', prefix .. 'leases', ...)
    redis.call('HDEL', prefix .. 'holders', ...)
    redis.call('HDEL', prefix .. 'untold', ...)
    redis.call('SREM', prefix .. 'cancelled', ...)
  end)
end

-- Tells of the start of those held jobs of which nobody was told yet: one entry for all that were claimed at one time.
local function tellOfStarts(prefix, worker, held)
  local moments, claimedAt, told = {}, {}, {}
  for n, at in ipairs(lookUp(prefix .. 'untold', held)) do
    if at then
      if not claimedAt[at] then
        claimedAt[at] = {}
        moments[#moments + 1] = at
      end
      table.insert(claimedAt[at], held[n])
      told[#told + 1] = held[n]
    end
  end
  for _, at in ipairs(moments) do
    redis.call('XADD', prefix .. 'outcomes', '*', 'jobs', table.concat(claimedAt[at], ','), 'worker', worker, 'at', at,
      'message', '{"kind":"started"}')
  end
  eachSlice(told, function(...) redis.call('HDEL', prefix .. 'untold', ...) end)
end

-- Puts the wake-up token where an idle worker finds it. One is enough: whoever takes it puts it back while jobs remain.
local function offerWork(prefix)
  if redis.call('ZCARD', prefix .. 'ready') > 0 and redis.call('LLEN', prefix .. 'wake') == 0 then
    redis.call('LPUSH', prefix .. 'wake', '1')
  end
end

-- Makes held jobs wait again, with their priority. One that somebody asked to cancel ends here: waiting again would forget the request.
local function handBack(prefix, worker, held, holders)
  if #held == 0 then return end
  local cancelled = {}
  eachSlice(held, function(...)
    for _, flag in ipairs(redis.call('SMISMEMBER', prefix .. 'cancelled', ...)) do cancelled[#cancelled + 1] = flag end
  end)
  endLeases(prefix, held)

  local at, waiting = toText(nowMs()), {}
  for n, id in ipairs(held) do
    if cancelled[n] == 1 then
      redis.call('XADD', prefix .. 'outcomes', '*', 'jobs', id, 'worker', worker, 'at', at, 'ends', '1',
        'message', '{"kind":"cancelled","durationMs":0}')
    else
      waiting[#waiting + 1] = scoreOf(holders[n])
      waiting[#waiting + 1] = id
    end
  end
  eachSlice(waiting, function(...) redis.call('ZADD', prefix .. 'ready', ...) end)
  offerWork(prefix)
end
