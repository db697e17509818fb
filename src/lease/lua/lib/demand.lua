-- @include need
-- Demand: which needs have jobs that wait for a lease. BullMQ's own keys are the only count; one next to them would drift.
--
-- active zset        needs that may have jobs -> the lease that served them last, or the lease number when they came
-- due zset           need -> when its next delayed job is due (ms, a host's clock)
-- hold zset          need -> not to be granted before (ms)
-- empties hash       need -> fetches in a row that found nothing
-- promised:<n> set   leases granted, job not fetched yet
-- reasons:<n> hash   job -> JSON list of its infrastructure failures
-- failed-on:<n> hash job -> JSON list of the devices on which it or infrastructure failed, while it waits for its next attempt

-- Until when delayed jobs are due. Hosts set that by their own clocks, and compare it with them when they fetch. Too early does no harm.
local dueMs = math.max(nowMs, wallMs)
local dueScore = digits((dueMs + 1) * BULL.delayedFactor - 1)

-- How many jobs wait for a lease: exact below `most`, which is enough for the callers.
local function demand(need, most)
  if call('HGET', queueKey(need, BULL.meta), BULL.pausedField) then
    return 0
  end
  local count = call('ZCARD', queueKey(need, BULL.prioritized)) - call('SCARD', KEY_OF.promised(need))
  if count < most then
    count = count + call('LLEN', queueKey(need, BULL.wait))
  end
  if count < most then
    count = count + call('ZCOUNT', queueKey(need, BULL.delayed), '0', dueScore)
  end
  return count
end

-- The job that the next grant will probably fetch: those before it are promised to other leases.
local function nextJob(need)
  local ahead = call('SCARD', KEY_OF.promised(need))
  local waiting = queueKey(need, BULL.wait)
  local first = call('LINDEX', waiting, -1 - ahead)
  if first then
    return first
  end
  ahead = math.max(0, ahead - call('LLEN', waiting))
  return call('ZRANGE', queueKey(need, BULL.prioritized), ahead, ahead)[1]
end

-- Devices on which the need's next job has failed, or infrastructure failed it, as a set, and how many.
local function devicesToAvoid(need)
  local key = KEY_OF.failedOn(need)
  local job = call('EXISTS', key) == 1 and nextJob(need)
  local known = job and call('HGET', key, job)
  local set, count = {}, 0
  for _, device in ipairs(known and cjson.decode(known) or {}) do
    set[device] = true
    count = count + 1
  end
  return set, count
end

-- The job's next attempt prefers other devices.
local function avoidDevices(need, job, devices)
  local key = KEY_OF.failedOn(need)
  local known = call('HGET', key, job)
  local all = known and cjson.decode(known) or {}
  for _, device in pairs(devices) do
    all[#all + 1] = device
  end
  call('HSET', key, job, cjson.encode(all))
end

-- The result that was recorded with a job's last failed attempt, or an empty table. Content that Baton did not write is ignored.
local function lastResult(need, job)
  local readable, result = pcall(cjson.decode, call('HGET', queueKey(need, job), BULL.resultField) or '')
  return readable and type(result) == 'table' and result or {}
end

-- A lease that ends after its job failed leaves its devices here, if the job has another attempt.
local function avoidAfterFailure(need, job, lease, devices)
  if lastResult(need, job).lease ~= lease or call('ZSCORE', queueKey(need, BULL.failed), job) then
    return
  end
  avoidDevices(need, job, devices)
end

-- The need's queue may have changed.
local function queueChanged(need)
  local d = definition(need)
  if not d or isStageHeld(d) then
    return
  end
  queueStageIfDone(need, d)
  if not call('ZSCORE', KEY.active, need) then
    call('ZADD', KEY.active, nextLease(), need)
  end
  -- BullMQ does not promote delayed jobs when jobs are fetched by hand. Due jobs are demand; the next one sets a time to wake at.
  if call('EXISTS', queueKey(need, BULL.delayed), KEY.due) == 0 then
    return
  end
  local from = '(' .. dueScore
  local next = call('ZRANGEBYSCORE', queueKey(need, BULL.delayed), from, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
  if next[2] then
    call('ZADD', KEY.due, digits(math.floor(tonumber(next[2]) / BULL.delayedFactor)), need)
  else
    call('ZREM', KEY.due, need)
  end
end

local function recordInfraFailure(need, job, reason)
  local known = call('HGET', KEY_OF.reasons(need), job)
  local reasons = known and cjson.decode(known) or {}
  reasons[#reasons + 1] = reason
  call('HSET', KEY_OF.reasons(need), job, cjson.encode(reasons))
end
