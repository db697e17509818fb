-- @include lease stage
-- What happens by itself: leases, hosts and runs lapse, delayed jobs become due, stages start and end.
--
-- Times are the farm's.
--
-- hosts zset         host -> when it lapses (ms)
-- host:<h> hash      incarnation, gateway, ttl (ms), machine, local, draining (ms, if it takes no new modules)
-- runs zset          run -> when its owner is given up (ms, +inf for detached runs)

local lapsedRuns = {}

local function expireRuns(caller)
  for _, run in ipairs(call('ZRANGEBYSCORE', KEY.runs, '-inf', digits(nowMs), 'LIMIT', 0, 4)) do
    call('HSET', KEY_OF.run(run), 'state', 'lapsed')
    -- reported again until somebody has cleared it away
    call('ZADD', KEY.runs, digits(nowMs + LIMIT.lapsedRunMs), run)
    if call('ZSCORE', KEY.hosts, caller) then
      lapsedRuns[#lapsedRuns + 1] = run
    else
      sendToAnyHost({ type = 'lapsed', run = run })
    end
  end
end

-- Name of a sorted set -> when something happens by itself next; nothing for an empty set.
local clocks = {}

local function readClock(name)
  local first = call('ZRANGE', KEY[name], '0', '0', 'WITHSCORES')
  clocks[name] = first[2] and tonumber(first[2]) or math.huge
  if name == 'due' then
    clocks.due = clocks.due - dueMs + nowMs
  end
end

-- Three of them are empty most of the time.
local function readClocks()
  for _, name in ipairs({ 'leases', 'hosts', 'runs' }) do
    readClock(name)
  end
  local rare = call('EXISTS', KEY.due, KEY.hold, KEY.stages) > 0
  for _, name in ipairs({ 'due', 'hold', 'stages' }) do
    clocks[name] = math.huge
    if rare then
      readClock(name)
    end
  end
end

-- Returns false if more has to be done before anything may be granted.
local function expire(caller)
  readClocks()
  if clocks.leases <= nowMs then
    for _, id in ipairs(call('ZRANGEBYSCORE', KEY.leases, '-inf', digits(nowMs), 'LIMIT', 0, 50)) do
      local host = call('HGET', KEY_OF.lease(id), 'host')
      endLease(id, 'expire', 'the lease lapsed: host ' .. tostring(host) .. ' stopped renewing it')
    end
    readClocks()
  end
  if clocks.hosts <= nowMs then
    local host = call('ZRANGE', KEY.hosts, '0', '0')[1]
    if not loseHost(host, 'host ' .. host .. ' vanished') then
      return false
    end
    readClocks()
  end
  if clocks.due <= nowMs then
    for _, need in ipairs(call('ZRANGEBYSCORE', KEY.due, '-inf', digits(dueMs))) do
      queueChanged(need)
    end
    readClocks()
  end
  if clocks.stages <= nowMs then
    advanceStages()
    readClocks()
  end
  if clocks.runs <= nowMs then
    expireRuns(caller)
    readClock('runs')
  end
  if clocks.hold <= nowMs then
    call('ZREMRANGEBYSCORE', KEY.hold, '-inf', digits(nowMs))
    readClock('hold')
  end
  return true
end

local function nextWakeMs()
  -- If nobody calls for longer than its gap, the farm's clock stands still. Heartbeats come sooner if all hosts last equally long.
  local wake = nowMs + math.min(LIMIT.idleWakeMs, 2 * gapMs)
  for _, at in pairs(clocks) do
    wake = math.min(wake, at)
  end
  return math.max(1, wake - nowMs)
end
