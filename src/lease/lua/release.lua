-- @include schedule
-- The lead host is done with some leases.
-- KEYS[1] prefix
-- ARGV[1] host  ARGV[2] maximum of grants
-- ARGV[3] JSON list of EndedLease, at most LIMIT.releases. The host's devices that are not in `clean` become `checking` without a message
-- Returns releaseReply.
local ends, held, closed = cjson.decode(ARGV[3]), {}, {}
for i, ended in ipairs(ends) do
  local id, need, empty = ended.lease, ended.queue, ended.empty
  local mine = endLease(id, 'release', 'being made ready for the next module', ended, ARGV[1])
  if not mine then
    queueChanged(need)
  elseif empty and definition(need) then
    -- A host whose clock is slow finds no delayed job although Redis sees one: without a growing pause, the two would spin.
    local empties = math.min(call('HINCRBY', KEY.empties, need, 1), 7)
    call('ZADD', KEY.hold, digits(nowMs + math.min(1000, 25 * 2 ^ (empties - 1))), need)
  end
  held[i] = mine and 1 or 0
end
local reply = schedule(ARGV[1], tonumber(ARGV[2]))
for i, ended in ipairs(ends) do
  local d = definition(ended.queue)
  closed[i] = d and runState(d.run) ~= 'open' and 1 or 0
end
reply.held, reply.closed = held, closed
return named(reply)
