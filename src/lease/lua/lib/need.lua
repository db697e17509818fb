-- @include device
-- Needs: one for each run and distinct set of needs; its id is the name of its BullMQ queue.
--
-- need:<n>           JSON { run, roles: [[role, selector], ...], stage?, app? }
-- needs set          all except those of stages that have not started or have ended
-- refused:<n> hash   device that refused the need's app -> why; it no longer serves the need

local definitions = {}

local function definition(need)
  if definitions[need] == nil then
    local text = call('GET', KEY_OF.need(need))
    definitions[need] = text and cjson.decode(text) or false
  end
  return definitions[need]
end

-- Reads several definitions at once, starting at the i-th of a list of needs.
local function prefetchDefinitions(needs, i)
  local keys = {}
  for j = i, math.min(i + LIMIT.definitions - 1, #needs) do
    keys[#keys + 1] = KEY_OF.need(needs[j])
  end
  local texts = call('MGET', unpack(keys))
  for j = 1, #keys do
    local need = needs[i + j - 1]
    if definitions[need] == nil then
      definitions[need] = texts[j] and cjson.decode(texts[j]) or false
    end
  end
end

-- Devices that have refused the app of a need, as a set, and how many. Nothing is read for a need without an app.
local refusals = {}

local function devicesRefusing(need)
  if not refusals[need] then
    local set, count = {}, 0
    local d = definition(need)
    if d and d.app then
      for _, device in ipairs(call('HKEYS', KEY_OF.refused(need))) do
        set[device] = true
        count = count + 1
      end
    end
    refusals[need] = { set, count }
  end
  return refusals[need][1], refusals[need][2]
end

-- A stage is a part of a run that waits for others (lib/stage.lua). Its needs are held until it starts.
local function isStageHeld(d)
  return d.stage and call('HGET', KEY_OF.run(d.run) .. ':stage-states', d.stage) ~= 'begun'
end

local function hasJobs(need)
  return call('LLEN', queueKey(need, BULL.active)) > 0
    or call('LLEN', queueKey(need, BULL.wait)) > 0
    or call('ZCARD', queueKey(need, BULL.prioritized)) > 0
    or call('ZCARD', queueKey(need, BULL.delayed)) > 0
end

-- The stage may have changed: the scheduler checks it, in this script or in the next one.
local function queueStage(run, stage)
  call('ZADD', KEY.stages, digits(nowMs), run .. ' ' .. stage)
end

local function queueStageIfDone(need, d)
  if d.stage and not hasJobs(need) then
    queueStage(d.run, d.stage)
  end
end
