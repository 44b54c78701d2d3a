-- ts_release: hand jobs back unfinished.
--
-- Keys:      1 the lane's prefix
-- Arguments: 1 worker id
--            2.. ids of the jobs to hand back
-- Returns:   how many were handed back; those that this worker does not hold are left alone
-- Data:      moves jobs from leases and holders to ready, with the score they had. A job with a cancel request does not
--            wait again: outcomes gets a `cancelled` for it.

redis.register_function{
  function_name = 'ts_release',
  flags = { 'allow-oom' },
  callback = function(keys, args)
    local prefix, worker = keys[1], args[1]
    if not worker then return redis.error_reply('ERR ts_release takes <workerId> [<jobId>]...') end
    local ids = {}
    for n = 2, #args do ids[#ids + 1] = args[n] end
    local held, holders = heldBy(prefix, worker, ids)
    handBack(prefix, worker, held, holders)
    return #held
  end
}
