-- ts_acknowledge: the platform has committed what these entries said.
--
-- Keys:      1 the lane's prefix
-- Arguments: 1 consumer group
--            2 number of entry ids that follow
--            3.. ids of entries of outcomes, then ids of the jobs whose attempt has ended
-- Returns:   how many entries were deleted
-- Data:      removes the entries, and the jobs from jobs. A copy of an ended job that waits again, because it was pushed
--            anew after a wipe, goes too; one that is held stays with its worker, whose outcome will be stale.

redis.register_function{
  function_name = 'ts_acknowledge',
  flags = { 'allow-oom' },
  callback = function(keys, args)
    local prefix, group, count = keys[1], args[1], tonumber(args[2])
    if not count or #args < 2 + count then
      return redis.error_reply('ERR ts_acknowledge takes <group> <count> [<entryId>]... [<jobId>]...')
    end
    local entries, ended, deleted = {}, {}, 0
    for n = 3, #args do
      local list = n <= 2 + count and entries or ended
      list[#list + 1] = args[n]
    end
    eachSlice(entries, function(...)
      redis.call('XACK', prefix .. 'outcomes', group, ...)
      deleted = deleted + redis.call('XDEL', prefix .. 'outcomes', ...)
    end)
    eachSlice(ended, function(...)
      redis.call('HDEL', prefix .. 'jobs', ...)
      redis.call('ZREM', prefix .. 'ready', ...)
    end)
    return deleted
  end
}
