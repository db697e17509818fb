-- Needs: one for each run and distinct set of needs; its id is the name of its BullMQ queue.
--
-- need:<n>           JSON { run, roles: [[role, selector], ...], stage?, app? }
-- needs set          all but those of stages that have not begun or have ended
-- active zset        those that may have jobs -> the lease that served them last, or the minLease when they came
-- due zset           need -> when its next delayed job is due (ms)
-- hold zset          need -> not to be granted before (ms)   empties hash need -> fetches in a row that found nothing
-- pend:<n> set       leases granted, job not fetched yet
-- feasible hash      need -> '<answer>:<version>'            infeasible hash  need -> since when no online device fits (ms)
-- reasons:<n> hash   job -> JSON list of what infrastructure did to it
-- failed-on:<n> hash job -> JSON list of the devices on which it or infrastructure failed, while it waits for its next attempt
-- refused:<n> hash   device that refused the need's app -> why; it serves the need no more

local definitions = {}
local function definition(need)
  if definitions[need] == nil then
    local text = call('GET', P .. ':need:' .. need)
    definitions[need] = text and cjson.decode(text) or false
  end
  return definitions[need]
end

-- Reads sixteen at once, from the i-th of a list of needs.
local function prefetchDefinitions(needs, i)
  local keys = {}
  for j = i, math.min(i + 15, #needs) do
    keys[#keys + 1] = P .. ':need:' .. needs[j]
  end
  local texts = call('MGET', unpack(keys))
  for j = 1, #keys do
    local need = needs[i + j - 1]
    if definitions[need] == nil then
      definitions[need] = texts[j] and cjson.decode(texts[j]) or false
    end
  end
end

-- Devices that have refused the app of a need, as a set, and how many. Of a need without an app nothing has to be read.
local refusals = {}
local function devicesRefusing(need)
  if not refusals[need] then
    local set, count = {}, 0
    local d = definition(need)
    if d and d.app then
      for _, device in ipairs(call('HKEYS', P .. ':refused:' .. need)) do
        set[device] = true
        count = count + 1
      end
    end
    refusals[need] = { set, count }
  end
  return refusals[need][1], refusals[need][2]
end

-- A stage is part of a run that waits for others (lib/stage.lua). Needs are held until theirs begins.
local function isStageHeld(d)
  return d.stage and call('HGET', P .. ':run:' .. d.run .. ':stage-states', d.stage) ~= 'begun'
end

local function hasJobs(need)
  return call('LLEN', queueKey(need, BULL.active)) > 0
    or call('LLEN', queueKey(need, BULL.wait)) > 0
    or call('ZCARD', queueKey(need, BULL.prioritized)) > 0
    or call('ZCARD', queueKey(need, BULL.delayed)) > 0
end

-- The stage may have changed: the scheduler checks it, in this script or in the next one.
local function queueStage(run, stage)
  call('ZADD', P .. ':stages', digits(nowMs), run .. ' ' .. stage)
end

local function queueStageIfDone(need, d)
  if d.stage and not hasJobs(need) then
    queueStage(d.run, d.stage)
  end
end

local function isBefore(device, score, other, otherScore)
  if score ~= otherScore then
    return score < otherScore
  end
  return device < other
end

-- What this script offers for an ask, granted again or not, in the order in which `fa` would have it.
local function offersFor(ask)
  local list = offersByAsk[ask]
  if list and not list.sorted then
    table.sort(list, function(a, b)
      return isBefore(a, freeScore(a, nowUs), b, freeScore(b, nowUs))
    end)
    list.sorted = true
  end
  return list or {}
end

-- Free devices for an ask, best first: the `count` best of those that are written down, and among them what this script offers.
local function candidates(ask, count)
  local mine = offersFor(ask)
  if #mine == 0 then
    return call('ZRANGE', P .. ':fa:' .. ask, '0', count - 1)
  end
  local stored = call('ZRANGE', P .. ':fa:' .. ask, '0', count - 1, 'WITHSCORES')
  local best, s = {}, 1
  for i = 1, #mine do
    if #best >= count then
      return best
    end
    if offers[mine[i]] then
      while stored[s] and isBefore(stored[s], tonumber(stored[s + 1]), mine[i], freeScore(mine[i], nowUs)) do
        best[#best + 1] = stored[s]
        s = s + 2
      end
      best[#best + 1] = mine[i]
    end
  end
  for i = s, #stored, 2 do
    best[#best + 1] = stored[i]
  end
  return best
end

-- A maximum matching of roles to devices (Kuhn). Greedy choice fails where a matching exists: `any android` may take the one pixel-8 that
-- another role asks for. As many candidates as there are roles are enough for each role: one with more can always be matched last.
local function match(roles, devicesOf, taken)
  local count = #roles
  local known, adjacent, owner, size = {}, {}, {}, 0
  for i = 1, count do
    local ask = roles[i][2]
    known[ask] = known[ask] or devicesOf(ask)
    local mine, all = {}, known[ask]
    for j = 1, #all do
      if not taken[all[j]] then
        mine[#mine + 1] = all[j]
        if #mine >= count then
          break
        end
      end
    end
    adjacent[i] = mine
  end
  local function try(i, seen)
    for _, device in ipairs(adjacent[i]) do
      if not seen[device] then
        seen[device] = true
        if not owner[device] or try(owner[device], seen) then
          owner[device] = i
          return true
        end
      end
    end
    return false
  end
  for i = 1, count do
    if try(i, {}) then
      size = size + 1
    end
  end
  return owner, size
end

-- What the roles ask for as things are: of a choice the first alternative that some online device is, busy or not. A named device that is
-- at work is waited for; one that is offline or in quarantine is not, and has its place back when it returns before the module begins.
-- One that has refused the need's app counts as one that is gone.
local function currentRoles(roles, refused)
  local current
  for i, role in ipairs(roles) do
    if string.find(role[2], ',,', 1, true) then
      current = current or { unpack(roles) }
      local all = alternatives(role[2])
      local chosen = all[1]
      for _, ask in ipairs(all) do
        local there = false
        for _, device in ipairs(devicesFor(ask, 'online')) do
          there = there or not refused[device]
        end
        if there then
          chosen = ask
          break
        end
      end
      current[i] = { role[1], chosen }
    end
  end
  return current or roles
end

local function fits(roles, set, refused)
  local _, size = match(roles, function(ask)
    return devicesForAny(ask, set)
  end, refused)
  return size == #roles
end

-- now: the online devices could serve it if all were idle; later: those that are offline would be needed; never: not even then.
local function answerFor(roles, refused)
  if fits(currentRoles(roles, refused), 'online', refused) then
    return 'now'
  end
  return fits(roles, 'usable', refused) and 'later' or 'never'
end

local function answerOf(need)
  local version = call('GET', P .. ':version') or '0'
  local cached = call('HGET', P .. ':feasible', need)
  if cached then
    local answer, at = string.match(cached, '^(%a+):(.*)$')
    if at == version then
      return answer
    end
  end
  local answer = answerFor(definition(need).roles, (devicesRefusing(need)))
  call('HSET', P .. ':feasible', need, answer .. ':' .. version)
  return answer
end

-- Whether those that have not been idle yet could be done without: how long a phone takes to start, or whether it ever will, nobody knows.
local function fitsStarted(roles, refused)
  local starting = call('SMEMBERS', P .. ':starting')
  if #starting == 0 then
    return true
  end
  local taken = {}
  for device in pairs(refused) do
    taken[device] = true
  end
  for i = 1, #starting do
    taken[starting[i]] = true
  end
  local _, size = match(roles, function(ask)
    return devicesFor(ask, 'online')
  end, taken)
  return size == #roles
end

-- How many jobs wait for a lease: exact below `most`, which is all that callers want to know. BullMQ's own keys are the only count: one
-- beside them would drift.
local function demand(need, most)
  if call('HGET', queueKey(need, BULL.meta), BULL.pausedField) then
    return 0
  end
  local count = call('ZCARD', queueKey(need, BULL.prioritized)) - call('SCARD', P .. ':pend:' .. need)
  if count < most then
    count = count + call('LLEN', queueKey(need, BULL.wait))
  end
  if count < most then
    count = count + call('ZCOUNT', queueKey(need, BULL.delayed), '0', digits((nowMs + 1) * BULL.delayedFactor - 1))
  end
  return count
end

-- The job that the next grant will fetch, as far as the queue tells now: those before it are promised to other leases.
local function nextJob(need)
  local ahead = call('SCARD', P .. ':pend:' .. need)
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
  local key = P .. ':failed-on:' .. need
  local job = call('EXISTS', key) == 1 and nextJob(need)
  local known = job and call('HGET', key, job)
  local set, count = {}, 0
  for _, device in ipairs(known and cjson.decode(known) or {}) do
    set[device] = true
    count = count + 1
  end
  return set, count
end

-- The job's next attempt rather has others.
local function avoidDevices(need, job, devices)
  local key = P .. ':failed-on:' .. need
  local known = call('HGET', key, job)
  local all = known and cjson.decode(known) or {}
  for _, device in pairs(devices) do
    all[#all + 1] = device
  end
  call('HSET', key, job, cjson.encode(all))
end

-- A lease that ends after its job failed leaves its devices here, where the job has another attempt.
local function avoidAfterFailure(need, job, lease, devices)
  local reason = call('HGET', queueKey(need, job), BULL.failedReasonField)
  local own = reason and string.find(reason, '"lease":"' .. lease .. '"', 1, true)
  if not own or call('ZSCORE', queueKey(need, BULL.failed), job) then
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
  if not call('ZSCORE', P .. ':active', need) then
    call('ZADD', P .. ':active', nextLease(), need)
  end
  -- Nobody promotes delayed jobs when jobs are fetched by hand. Those that are due are demand; the next one is a time to wake at.
  if call('EXISTS', queueKey(need, BULL.delayed), P .. ':due') == 0 then
    return
  end
  local from = '(' .. digits((nowMs + 1) * BULL.delayedFactor - 1)
  local next = call('ZRANGEBYSCORE', queueKey(need, BULL.delayed), from, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
  if next[2] then
    call('ZADD', P .. ':due', digits(math.floor(tonumber(next[2]) / BULL.delayedFactor)), need)
  else
    call('ZREM', P .. ':due', need)
  end
end

-- Needs with waiting jobs that no online device fits, since when, and whether their run has waited long enough.
local function unsatisfiableSince(need)
  local d = definition(need)
  if not d or isStageHeld(d) or demand(need, 1) <= 0 then
    call('HDEL', P .. ':infeasible', need)
    return nil
  end
  local answer = answerOf(need)
  if answer == 'now' then
    call('HDEL', P .. ':infeasible', need)
    return nil
  end
  call('HSETNX', P .. ':infeasible', need, digits(nowMs))
  local since = tonumber(call('HGET', P .. ':infeasible', need))
  local waitMs = tonumber(call('HGET', P .. ':run:' .. d.run, 'waitMs') or 'inf')
  -- A farm that nobody has joined yet is not a farm that can never serve.
  local hopeless = answer == 'never' and call('SCARD', P .. ':devices') > 0
  return {
    queue = need,
    run = d.run,
    answer = answer,
    sinceMs = digits(since),
    overdue = hopeless or nowMs - since >= waitMs,
  }
end

local function recordInfraFailure(need, job, reason)
  local known = call('HGET', P .. ':reasons:' .. need, job)
  local reasons = known and cjson.decode(known) or {}
  reasons[#reasons + 1] = reason
  call('HSET', P .. ':reasons:' .. need, job, cjson.encode(reasons))
end
