-- @include device need stage lease pump
-- The lead host is done with a lease.
-- KEYS[1] prefix
-- ARGV[1] host  ARGV[2] most grants  ARGV[3] lease  ARGV[4] '1' where the fetch found no job  ARGV[5] need
-- ARGV[6] JSON list of its own devices that are ready for the next module; its others become `checking` without a message
-- Returns pump's reply, and then 1, or 0 where the lease had been lost, and 1 where the run is no longer open.
local need = ARGV[5]
local clean = {}
for _, device in ipairs(cjson.decode(ARGV[6])) do
  clean[device] = true
end
local held = endLease(ARGV[3], 'release', 'being made ready for the next module', clean, ARGV[1])
if not held then
  touch(need)
end
if held and ARGV[4] == '1' and definition(need) then
  -- A host whose clock is behind finds no delayed job where Redis sees one: without a growing pause the two would spin.
  local empties = math.min(call('HINCRBY', P .. ':empties', need, 1), 7)
  call('ZADD', P .. ':hold', digits(nowMs + math.min(1000, 25 * 2 ^ (empties - 1))), need)
end
local reply = pump(ARGV[1], tonumber(ARGV[2]))
reply[6] = held and 1 or 0
local d = definition(need)
reply[7] = d and runState(d.run) ~= 'open' and 1 or 0
return reply
