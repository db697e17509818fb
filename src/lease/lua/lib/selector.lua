-- Selectors: which devices match which, and in which order free ones are taken.
--
-- label:<l> set              registered devices with the label
-- selectors hash             selector -> number of roles that use it
-- selectors-of:<d> set       selectors that a device matches
-- free-for:<selector> zset   free devices for a selector, the first one to take first

-- A selector may be a choice: selectors joined by `,,`, best first. The index knows its alternatives only.
local function alternatives(selector)
  local list, from = {}, 1
  while true do
    local at = string.find(selector, ',,', from, true)
    list[#list + 1] = string.sub(selector, from, at and at - 1)
    if not at then
      return list
    end
    from = at + 2
  end
end

local function eachLabel(labels)
  return string.gmatch(labels, '[^,]+')
end

-- Keys whose intersection with `first` is the devices that match a selector.
local function selectorKeys(selector, first)
  local keys = { first }
  for label in eachLabel(selector) do
    keys[#keys + 1] = KEY_OF.label(label)
  end
  return keys
end

-- The devices for one alternative.
local function devicesFor(selector, set)
  return call('SINTER', unpack(selectorKeys(selector, KEY[set])))
end

-- For a selector with all its alternatives, best first.
local function devicesForAny(selector, set)
  local list, seen = {}, {}
  for _, one in ipairs(alternatives(selector)) do
    for _, device in ipairs(devicesFor(one, set)) do
      if not seen[device] then
        seen[device] = true
        list[#list + 1] = device
      end
    end
  end
  return list
end

local selectorsByDevice = {}

local function selectorsOf(device)
  if not selectorsByDevice[device] then
    selectorsByDevice[device] = call('SMEMBERS', KEY_OF.selectorsOf(device))
  end
  return selectorsByDevice[device]
end

-- Least wanted first, then longest idle: the device that the fewest selectors match, and of these the one that became free first (µs).
local IDLE_EPOCH_US = 1.7e15

local function freeScore(device, freed)
  return #selectorsOf(device) * 1e15 + freed - IDLE_EPOCH_US
end

-- After selectors came or went: the score of a free device in each of its lists.
local function rankFree(devices)
  local bySelector = {}
  for _, device in ipairs(devices) do
    selectorsByDevice[device] = nil
    local score = digits(freeScore(device, tonumber(call('HGET', KEY_OF.device(device), 'freed'))))
    for _, selector in ipairs(selectorsOf(device)) do
      local entries = bySelector[selector] or {}
      bySelector[selector] = entries
      entries[#entries + 1] = score
      entries[#entries + 1] = device
    end
  end
  for selector, entries in pairs(bySelector) do
    for from = 1, #entries, 1000 do
      call('ZADD', KEY_OF.freeFor(selector), unpack(entries, from, math.min(from + 999, #entries)))
    end
  end
end
