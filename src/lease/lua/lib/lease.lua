-- @include demand
-- Leases end in two ways. `release`: their host is done. `expire`: their host no longer renews them, so a newer lease number is taken, each
-- device's own host must check it, and the job loses its lock in the same script: BullMQ's own pass hands it to another lease.
--
-- lease:<id> hash    need, run, host, devices (JSON role -> device), granted (ms), job
-- leases zset        lease -> when it lapses (ms, the farm's clock)

local stalledQueues = {}

-- The job that a lease has fetched, even if other jobs were fetched since then.
local function fetchedJob(need, lease)
  for _, job in ipairs(call('LRANGE', queueKey(need, BULL.active), 0, -1)) do
    if call('GET', queueKey(need, job) .. BULL.lockSuffix) == lease then
      return job
    end
  end
end

-- Does nothing if the lease no longer holds the lock.
local function dropLock(need, lease, job, reason)
  local lock = queueKey(need, job) .. BULL.lockSuffix
  if call('GET', lock) == lease then
    call('DEL', lock)
    call('SADD', queueKey(need, BULL.stalled), job)
    -- lets the next stalled pass run at once
    call('DEL', queueKey(need, BULL.stalledCheck))
    recordInfraFailure(need, job, reason)
    stalledQueues[#stalledQueues + 1] = need
  end
end

-- Locks outlast their leases by far. After a loss of data, or if a fetch was executed late, a job may be locked by a lease that does not exist.
-- BullMQ's last pass noted the active jobs, and heartbeats have removed those that are held: what is left is checked before its next one.
-- ttl: of the host that asks (ms)
local function dropOrphanedLocks(need, ttl)
  local check = queueKey(need, BULL.stalledCheck)
  local left = call('PTTL', check)
  if left > math.max(LIMIT.clockGapMs, ttl) then
    call('DEL', check) -- Redis's clock was set back
  elseif left > 0 then
    return
  end
  for _, job in ipairs(call('SMEMBERS', queueKey(need, BULL.stalled))) do
    local lock = queueKey(need, job) .. BULL.lockSuffix
    local lease = call('GET', lock)
    if lease and call('EXISTS', KEY_OF.lease(lease)) == 0 then
      call('DEL', lock)
    end
  end
end

-- Leases of a host or a run. This is needed rarely, so a grant keeps no index of them.
local function leasesOf(field, value)
  local found = {}
  for _, id in ipairs(call('ZRANGE', KEY.leases, 0, -1)) do
    if call('HGET', KEY_OF.lease(id), field) == value then
      found[#found + 1] = id
    end
  end
  return found
end

local function stoppingReason(host)
  return 'host ' .. host .. ' is stopping'
end

-- It takes no new modules; those in flight may end.
local function isDraining(host)
  return call('HEXISTS', KEY_OF.host(host), 'draining') == 1
end

-- Offers none of a host's devices any more; their leases continue. Returns false if it has to be called again.
local function drainHost(host)
  call('HSETNX', KEY_OF.host(host), 'draining', digits(wallMs))
  local left = LIMIT.batch
  for _, device in ipairs(call('SMEMBERS', KEY_OF.host(host) .. ':up')) do
    if call('HGET', KEY_OF.device(device), 'state') ~= 'offline' then
      if left == 0 then
        return false
      end
      left = left - 1
      setOffline(device, host, 'offline', stoppingReason(host))
    end
  end
  return true
end

-- How many of a host's devices other hosts' modules still use.
local function lentDevices(host)
  local lent = 0
  for _, device in ipairs(call('SMEMBERS', KEY_OF.host(host) .. ':up')) do
    local lease = call('HGET', KEY_OF.device(device), 'lease')
    local lead = lease and call('HGET', KEY_OF.lease(lease), 'host')
    if lead and lead ~= host then
      lent = lent + 1
    end
  end
  return lent
end

local function endDevice(device, lease, how, reason, clean)
  local key = KEY_OF.device(device)
  local d = call('HMGET', key, 'lease', 'state', 'host')
  if d[1] ~= lease.id then
    return
  end
  if d[2] == 'leased' and clean[device] and d[3] == lease.host then
    return offer(device, d[3])
  end
  call('HDEL', key, 'lease', 'role')
  if d[2] ~= 'leased' then
    -- went offline or into quarantine meanwhile
    if d[3] ~= lease.host and isDraining(d[3]) then
      sendTo(d[3], { type = 'returned', lease = lease.id, device = device })
    end
    return
  end
  local minLease = lease.id
  if how == 'expire' then
    minLease = nextLease()
  end
  setChecking(device, d[3], minLease, reason)
  if how == 'expire' or d[3] ~= lease.host then
    sendTo(d[3], { type = 'check', device = device, lease = minLease, reason = reason })
  end
end

-- Keeps with each device that a job had it.
local function rememberSessions(devices, need, job, run, session)
  session.run, session.file = run, call('HGET', queueKey(need, job), BULL.nameField) or ''
  for role, device in pairs(devices) do
    rememberSession(device, role, session)
  end
end

-- how: release | expire; ended: what its lead host knows of a released one (EndedLease); by: who must be the lead, or nil
-- Returns false if there is no such lease.
local function endLease(id, how, reason, ended, by)
  local key = KEY_OF.lease(id)
  local l = call('HMGET', key, 'need', 'devices', 'host', 'run', 'job', 'granted')
  if not l[1] or (by and by ~= l[3]) then
    return false
  end
  local isAssumed = ended == nil
  ended = ended or { outcome = 'infrastructure', reason = reason }
  local clean = {}
  for _, device in ipairs(ended.clean or {}) do
    clean[device] = true
  end
  local need, run = l[1], l[4]
  local lease = { id = id, host = l[3] }
  local devices = cjson.decode(l[2])
  for _, device in pairs(devices) do
    endDevice(device, lease, how, reason, clean)
  end
  if l[5] then
    avoidAfterFailure(need, l[5], id, devices)
  end
  local job = l[5]
  if not job and how == 'expire' and call('SISMEMBER', KEY_OF.promised(need), id) == 0 then
    job = fetchedJob(need, id) -- its host died before it was bound
  end
  -- Before the session: a full Redis refuses a script whose first write needs memory.
  call('DEL', key)
  if job then
    -- A job that is no longer active has its result: only the release was missing.
    local isDone = isAssumed and not call('LPOS', queueKey(need, BULL.active), job)
    if ended.outcome and not isDone then
      local known = { lead = lease.host, granted = l[6] or '', outcome = ended.outcome, reason = ended.reason or '' }
      rememberSessions(devices, need, job, run, known)
    end
    -- A released lease has finished its job, unless Redis refused that, or the fetch was never answered.
    dropLock(need, id, job, how == 'expire' and reason or 'its result could not be recorded')
  end
  call('ZREM', KEY.leases, id)
  call('SREM', KEY_OF.promised(need), id)
  if runState(run) == 'lapsed' and #leasesOf('run', run) == 0 then
    call('ZADD', KEY.runs, digits(nowMs), run) -- its remains can be cleared away now
  end
  queueChanged(need)
  audit('event', how, 'lease', id, 'devices', l[2])
  return true
end

-- A host died, was replaced or left. Sets its devices offline, a hundred at a time; returns true when nothing is left to do.
local function loseHost(host, reason)
  local key = KEY_OF.host(host)
  local leases = leasesOf('host', host)
  for i = 1, math.min(#leases, 100) do
    endLease(leases[i], 'expire', reason)
  end
  local up = call('SRANDMEMBER', key .. ':up', 100)
  for i = 1, #up do
    local lease = call('HGET', KEY_OF.device(up[i]), 'lease')
    if lease then -- of another lead host: its module cannot continue
      local lead = call('HGET', KEY_OF.lease(lease), 'host')
      endLease(lease, 'expire', reason)
      if lead then
        sendTo(lead, { type = 'lost', lease = lease, reason = reason })
      end
    end
    if call('HGET', KEY_OF.device(up[i]), 'state') ~= 'offline' then
      setOffline(up[i], host, 'offline', reason)
    elseif call('HGET', KEY_OF.device(up[i]), 'reason') == stoppingReason(host) then
      setState(up[i], 'offline', reason)
    end
    call('SREM', key .. ':up', up[i])
  end
  if #leases > 100 or call('SCARD', key .. ':up') > 0 then
    return false
  end
  local lapses, ttl = call('ZSCORE', KEY.hosts, host), call('HGET', key, 'ttl')
  local info = key .. ':info'
  if lapses and ttl then
    call('HSET', info, 'heartbeat', digits(toWallMs(tonumber(lapses) - tonumber(ttl))), 'reason', reason)
  end
  call('ZREM', KEY.hosts, host)
  call('DEL', key, key .. ':checking', KEY_OF.inbox(host))
  if call('EXISTS', key .. ':devices') == 0 then
    call('DEL', info)
  end
  measureGap()
  notifyChange()
  audit('event', 'host-lost', 'host', host, 'reason', reason)
  return true
end
