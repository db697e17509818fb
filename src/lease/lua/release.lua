-- @include device need stage lease schedule
-- The lead host is done with some leases.
-- KEYS[1] prefix
-- ARGV[1] host  ARGV[2] most grants
-- ARGV[3] JSON list of [lease, need, its own devices that are ready for the next module, 1 where the fetch found no job else 0]; its other
-- devices become `checking` without a message. At most 16, to keep the script short
-- Returns schedule's reply, and then for each lease 1, or 0 where it had been lost, and for each lease 1 where its run is no longer open.
local ends, held, closed = cjson.decode(ARGV[3]), {}, {}
for i, ended in ipairs(ends) do
  local id, need, empty = ended[1], ended[2], ended[4] == 1
  local clean = {}
  for _, device in ipairs(ended[3]) do
    clean[device] = true
  end
  local mine = endLease(id, 'release', 'being made ready for the next module', clean, ARGV[1])
  if not mine then
    queueChanged(need)
  elseif empty and definition(need) then
    -- A host whose clock is behind finds no delayed job where Redis sees one: without a growing pause the two would spin.
    local empties = math.min(call('HINCRBY', P .. ':empties', need, 1), 7)
    call('ZADD', P .. ':hold', digits(nowMs + math.min(1000, 25 * 2 ^ (empties - 1))), need)
  end
  held[i] = mine and 1 or 0
end
local reply = schedule(ARGV[1], tonumber(ARGV[2]))
for i, ended in ipairs(ends) do
  local d = definition(ended[2])
  closed[i] = d and runState(d.run) ~= 'open' and 1 or 0
end
reply[6], reply[7] = held, closed
return reply
