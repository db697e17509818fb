-- @include device
-- Matching: which free devices can take which roles.

local function isBefore(device, score, other, otherScore)
  if score ~= otherScore then
    return score < otherScore
  end
  return device < other
end

-- The devices that this script offers for a selector, granted again or not, in the order of `free-for`.
local function offersFor(selector)
  local list = offersBySelector[selector]
  if list and not list.sorted then
    table.sort(list, function(a, b)
      return isBefore(a, freeScore(a, nowUs), b, freeScore(b, nowUs))
    end)
    list.sorted = true
  end
  return list or {}
end

-- Free devices for a selector, best first: the `count` best of those that are stored, merged with what this script offers.
local function candidates(selector, count)
  local mine = offersFor(selector)
  if #mine == 0 then
    return call('ZRANGE', KEY_OF.freeFor(selector), '0', count - 1)
  end
  local stored = call('ZRANGE', KEY_OF.freeFor(selector), '0', count - 1, 'WITHSCORES')
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

-- A maximum matching of roles to devices (Kuhn). A greedy choice can fail although a matching exists: `any android` may take the one pixel-8
-- that another role needs. Each role needs only as many candidates as there are roles: one with more can always be matched last.
local function match(roles, devicesOf, taken)
  local count = #roles
  local known, adjacent, owner, size = {}, {}, {}, 0
  for i = 1, count do
    local selector = roles[i][2]
    known[selector] = known[selector] or devicesOf(selector)
    local mine, all = {}, known[selector]
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
