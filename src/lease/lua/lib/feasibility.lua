-- @include demand matching
-- Feasibility: whether the registered devices, busy or not, could serve a need at all.
--
-- feasible hash      need -> '<answer>:<version>'
-- infeasible hash    need -> since when no online device matches (ms, the farm's clock)

-- The roles with the selector that counts now: of several alternatives, the first that an online device matches, busy or not. So a busy
-- preferred device is waited for, an offline or quarantined one is not, unless it returns before the module starts.
-- A device that has refused the need's app counts as missing.
local function currentRoles(roles, refused)
  local current
  for i, role in ipairs(roles) do
    if string.find(role[2], ',,', 1, true) then
      current = current or { unpack(roles) }
      local all = alternatives(role[2])
      local chosen = all[1]
      for _, selector in ipairs(all) do
        local there = false
        for _, device in ipairs(devicesFor(selector, 'online')) do
          there = there or not refused[device]
        end
        if there then
          chosen = selector
          break
        end
      end
      current[i] = { role[1], chosen }
    end
  end
  return current or roles
end

local function fits(roles, set, refused)
  local _, size = match(roles, function(selector)
    return devicesForAny(selector, set)
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
  local version = call('GET', KEY.version) or '0'
  local cached = call('HGET', KEY.feasible, need)
  if cached then
    local answer, at = string.match(cached, '^(%a+):(.*)$')
    if at == version then
      return answer
    end
  end
  local answer = answerFor(definition(need).roles, (devicesRefusing(need)))
  call('HSET', KEY.feasible, need, answer .. ':' .. version)
  return answer
end

-- Whether the devices that have been idle before are enough: how long a phone takes to start, or whether it will, is unknown.
local function fitsStarted(roles, refused)
  local starting = call('SMEMBERS', KEY.starting)
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
  local _, size = match(roles, function(selector)
    return devicesFor(selector, 'online')
  end, taken)
  return size == #roles
end

-- Needs with waiting jobs that no online device matches, since when, and whether their run has waited long enough.
local function unsatisfiableSince(need)
  local d = definition(need)
  if not d or isStageHeld(d) or demand(need, 1) <= 0 then
    call('HDEL', KEY.infeasible, need)
    return nil
  end
  local answer = answerOf(need)
  if answer == 'now' then
    call('HDEL', KEY.infeasible, need)
    return nil
  end
  call('HSETNX', KEY.infeasible, need, digits(nowMs))
  local since = tonumber(call('HGET', KEY.infeasible, need))
  local waitMs = tonumber(call('HGET', KEY_OF.run(d.run), 'waitMs') or 'inf')
  -- A farm without any host yet may still get the devices.
  local hopeless = answer == 'never' and call('SCARD', KEY.devices) > 0
  return {
    queue = need,
    run = d.run,
    answer = answer,
    sinceMs = digits(toWallMs(since)),
    overdue = hopeless or nowMs - since >= waitMs,
  }
end
