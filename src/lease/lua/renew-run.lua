-- @include feasibility
-- The owner of a run is alive.
-- KEYS[1] prefix
-- ARGV[1] run
-- Returns renewRunReply.
local run = ARGV[1]
local r = call('HMGET', KEY_OF.run(run), 'state', 'ttl')
if not r[1] then
  return named({ state = '', unsatisfiable = '[]' })
end
if r[1] ~= 'lapsed' and r[2] ~= '' then
  call('ZADD', KEY.runs, digits(nowMs + tonumber(r[2])), run)
end
local unsatisfiable = {}
for _, need in ipairs(call('SMEMBERS', KEY_OF.run(run) .. ':needs')) do
  local waiting = unsatisfiableSince(need)
  if waiting then
    unsatisfiable[#unsatisfiable + 1] = waiting
  end
end
return named({ state = r[1], unsatisfiable = array(unsatisfiable) })
