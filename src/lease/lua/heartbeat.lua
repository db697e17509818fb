-- @include schedule
-- One call renews a host, its leases and their jobs' locks. It is also the safety sweep that finds needs whose submitter died between
-- adding jobs and calling `schedule`.
-- KEYS[1] prefix
-- ARGV[1] host  ARGV[2] its incarnation  ARGV[3] milliseconds that a job's lock lasts  ARGV[4] maximum of grants
-- ARGV[5] JSON list of HeldLease, at most LIMIT.hostBatch
-- Returns heartbeatReply.
local host = ARGV[1]

local function givenUp()
  return named({
    alive = false,
    more = false,
    wakeMs = 1000,
    grants = {},
    stalled = stalledQueues,
    lapsed = {},
    lost = {},
    closed = {},
    busy = {},
    unsatisfiable = '[]',
    checking = '[]',
    missing = {},
  })
end

if not isHost(host, ARGV[2]) then
  return givenUp()
end
local ttl = tonumber(call('HGET', KEY_OF.host(host), 'ttl'))
local own = call('ZSCORE', KEY.hosts, host)
if not own or tonumber(own) <= nowMs then
  -- It has lapsed, although no script has noticed yet. Too late, else two hosts could hold one device.
  loseHost(host, 'host ' .. host .. ' renewed too late')
  return givenUp()
end
call('ZADD', KEY.hosts, digits(nowMs + ttl), host)
local lost, closed = {}, {}
for _, held in ipairs(cjson.decode(ARGV[5])) do
  local id, queue, job = held.lease, held.queue, held.jobId
  local lapses = call('ZSCORE', KEY.leases, id)
  local l = call('HMGET', KEY_OF.lease(id), 'host', 'run')
  if l[2] and runState(l[2]) ~= 'open' then
    closed[#closed + 1] = id
  end
  if not lapses or tonumber(lapses) <= nowMs or l[1] ~= host then
    lost[#lost + 1] = id
  elseif not job then
    call('ZADD', KEY.leases, digits(nowMs + ttl), id)
  else
    local lock = queueKey(queue, job) .. BULL.lockSuffix
    if call('GET', lock) == id then
      call('ZADD', KEY.leases, digits(nowMs + ttl), id)
      call('PEXPIRE', lock, ARGV[3])
      call('SREM', queueKey(queue, BULL.stalled), job)
    elseif call('EXISTS', queueKey(queue, job)) == 0 or call('LPOS', queueKey(queue, BULL.active), job) == false then
      -- finished a moment ago: its lease is about to be released
      call('ZADD', KEY.leases, digits(nowMs + ttl), id)
    else
      lost[#lost + 1] = id
      recordInfraFailure(queue, job, 'host ' .. host .. ' lost the lock of the job')
      endLease(id, 'expire', 'host ' .. host .. ' lost the lock of the job')
    end
  end
end
local busy, unsatisfiable = {}, {}
for _, need in ipairs(call('SMEMBERS', KEY.needs)) do
  if call('LLEN', queueKey(need, BULL.active)) > 0 then
    busy[#busy + 1] = need
    dropOrphanedLocks(need, ttl)
  end
  local d = definition(need)
  if demand(need, 1) > 0 then
    queueChanged(need)
  elseif d then
    queueStageIfDone(need, d) -- somebody may have removed its last jobs by hand
  end
  local waiting = unsatisfiableSince(need)
  if waiting then
    unsatisfiable[#unsatisfiable + 1] = waiting
  end
end
local reply = schedule(host, tonumber(ARGV[4]))
local checking = {}
for _, device in ipairs(call('SMEMBERS', KEY_OF.host(host) .. ':checking')) do
  local d = call('HMGET', KEY_OF.device(device), 'minLease', 'reason', 'host')
  if d[3] and not isLease(d[1]) then
    d[1] = nextLease()
    call('HSET', KEY_OF.device(device), 'minLease', d[1])
  end
  if d[3] then
    checking[#checking + 1] = { device = device, lease = d[1], reason = d[2] or '' }
  end
end
-- Somebody may have deleted the keys of devices.
reply.missing = {}
for _, device in ipairs(call('SMEMBERS', KEY_OF.host(host) .. ':devices')) do
  if call('EXISTS', KEY_OF.device(device)) == 0 then
    reply.missing[#reply.missing + 1] = device
  end
end
reply.alive, reply.lost, reply.closed, reply.busy = true, lost, closed, busy
reply.unsatisfiable, reply.checking = array(unsatisfiable), array(checking)
return named(reply)
