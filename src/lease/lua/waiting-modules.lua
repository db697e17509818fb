-- @include demand
-- Modules of a run that wait for devices.
-- KEYS[1] prefix
-- ARGV[1...] needs, at most LIMIT.batch
-- Returns waitingReply: a list of [need, job at the front, how many wait], one for each need with waiting modules. Those of stages that
-- have not started are left out: they do not wait for devices.
local waiting = {}
for _, need in ipairs(ARGV) do
  local d = definition(need)
  local count = d and not isStageHeld(d) and demand(need, math.huge) or 0
  local job = count > 0 and nextJob(need)
  if job then
    waiting[#waiting + 1] = { need, job, count }
  end
end
return named({ now = digits(wallMs), waiting = array(waiting) })
