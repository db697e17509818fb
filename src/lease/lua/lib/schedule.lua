-- @include grant
-- The scheduler: a function of the whole state. Every script that changes the state calls it; what it grants does not depend on the caller.
--
-- Needs are granted in fairness order: least recently served first, one grant for each need in a round. The oldest need of several roles
-- that cannot be served yet reserves a maximum matching of the free devices, so that single roles never starve it. It is computed each
-- time and never stored. Needs that no online devices match reserve nothing, nor do those that wait for a device that is still starting.

-- One call of `schedule`.
--   grants       messages for the caller            granted    how many there are, for other hosts too
--   max          most grants                        more       whether there is more to do
--   free         how many devices are free          reserved   how many of them are reserved
--   taken        device -> true: reserved           reservedFor   the need that they are reserved for
--   wanted       need -> jobs that wait             blocked    need -> true: cannot be served in this call
--   left         selector -> free devices that are not taken; nil if too many are free to count them
local function newRound(max)
  return {
    grants = {},
    granted = 0,
    max = max,
    more = false,
    free = 0,
    reserved = 0,
    taken = {},
    wanted = {},
    blocked = {},
  }
end

local function countLeft(round, device, change)
  local left = round.left
  for _, selector in ipairs(left and selectorsOf(device) or {}) do
    left[selector] = (left[selector] or 0) + change
  end
end

-- If few devices are free, the selectors that they match show at once which needs cannot be served.
local function countFree(round)
  local stored = call('SCARD', KEY.free)
  round.free = stored
  for _ in pairs(offers) do
    round.free = round.free + 1
  end
  if round.free == 0 or stored > LIMIT.countedDevices then
    return
  end
  round.left = {}
  for _, device in ipairs(stored > 0 and call('SMEMBERS', KEY.free) or {}) do
    countLeft(round, device, 1)
  end
  for device in pairs(offers) do
    countLeft(round, device, 1)
  end
end

-- Never true for the need that devices may be reserved for: it reserves the devices that are free.
local function isUnreachable(round, roles)
  if round.left and (round.reservedFor or #roles == 1) then
    for i = 1, #roles do
      if (round.left[roles[i][2]] or 0) <= 0 then
        return true
      end
    end
  end
  return false
end

local function hasDemand(round, need)
  local wanted = round.wanted
  if wanted[need] == nil then
    if clocks.hold < math.huge and call('ZSCORE', KEY.hold, need) then
      wanted[need] = 0
    else
      wanted[need] = demand(need, math.max(1, round.max))
      if wanted[need] <= 0 and call('SCARD', KEY_OF.promised(need)) == 0 then
        call('ZREM', KEY.active, need)
      end
    end
  end
  return wanted[need] > 0
end

local function reserve(round, need, owner, size)
  round.reservedFor = need
  local names = {}
  for device in pairs(owner) do
    round.taken[device] = true
    countLeft(round, device, -1)
    round.reserved = round.reserved + 1
    names[#names + 1] = device
  end
  if AUDIT and size > 0 then
    table.sort(names)
    audit('event', 'reserve', 'need', need, 'devices', array(names))
  end
end

-- Free devices for one role, best first. Those to avoid come last: they are better than waiting. Those that refused the app never come.
local function preferred(need, selector, most, avoid, avoided)
  local refused, refusing = devicesRefusing(need)
  local list, last = {}, {}
  for _, device in ipairs(candidates(selector, most + avoided + refusing)) do
    if not refused[device] then
      local part = avoid[device] and last or list
      part[#part + 1] = device
    end
  end
  for i = 1, #last do
    list[#list + 1] = last[i]
  end
  return list
end

local function firstFree(round, need, selector, avoid, avoided)
  for _, device in ipairs(preferred(need, selector, 1 + round.reserved, avoid, avoided)) do
    if not round.taken[device] then
      return device
    end
  end
end

-- The device for a need of one role, by the index of its role; nil if there is none.
local function assignOne(round, need, selector)
  local first = firstFree(round, need, selector, {}, 0)
  if not first or not hasDemand(round, need) then
    return nil
  end
  local avoid, avoided = devicesToAvoid(need)
  return { [avoided > 0 and firstFree(round, need, selector, avoid, avoided) or first] = 1 }
end

-- The devices for a need of several roles: device -> index of its role. If they are not all free, the first such need reserves what is.
local function assignAll(round, need, roles)
  if not hasDemand(round, need) then
    return nil
  end
  local avoid, avoided = devicesToAvoid(need)
  local owner, size = match(roles, function(selector)
    return preferred(need, selector, #roles + round.reserved, avoid, avoided)
  end, round.taken)
  if size == #roles then
    return owner
  end
  if not round.reservedFor and answerOf(need) == FEASIBLE.now and fitsStarted(roles, (devicesRefusing(need))) then
    reserve(round, need, owner, size)
  end
  return nil
end

-- Returns whether the need was granted devices for one of its jobs.
local function serve(round, need, caller)
  local d = definition(need)
  if not d then
    call('ZREM', KEY.active, need)
    return false
  end
  local roles = currentRoles(d.roles, (devicesRefusing(need)))
  if isUnreachable(round, roles) then
    return false
  end
  local owner = #roles == 1 and assignOne(round, need, roles[1][2]) or nil
  if #roles > 1 then
    owner = assignAll(round, need, roles)
  end
  if not owner then
    return false
  end
  if round.granted >= round.max then
    round.more = true
    return false
  end
  for device in pairs(owner) do
    countLeft(round, device, -1)
  end
  round.grants[#round.grants + 1] = grant(need, roles, owner, caller)
  round.wanted[need] = round.wanted[need] - 1
  round.granted = round.granted + 1
  round.free = round.free - #roles
  return true
end

local function serveAll(round, caller)
  local order = call('ZRANGE', KEY.active, '0', '-1')
  local progress = true
  while progress and not round.more do
    progress = false
    for i = 1, #order do
      if round.free - round.reserved <= 0 or round.more then
        return
      end
      local need = order[i]
      if not round.blocked[need] then
        if definitions[need] == nil then
          prefetchDefinitions(order, i)
        end
        if serve(round, need, caller) then
          progress = true
        else
          round.blocked[need] = true
        end
      end
    end
  end
end

-- Makes at most `max` grants; then `more` is set, and the caller calls again.
-- Returns the fields of scheduleReply.
local function schedule(caller, max)
  local round = newRound(max)
  if expire(caller) then
    round.more = clocks.stages <= nowMs
    countFree(round)
    if round.free > 0 then
      serveAll(round, caller)
    end
  else
    round.more = true
  end
  storeOffers()
  if #stalledQueues > 0 and not call('ZSCORE', KEY.hosts, caller) then
    sendToAnyHost({ type = 'stalled', queues = stalledQueues })
  end
  return {
    more = round.more,
    wakeMs = nextWakeMs(),
    grants = round.grants,
    stalled = stalledQueues,
    lapsed = lapsedRuns,
  }
end
