-- @include lease
-- Stops a run: nothing more of it is granted, and the hosts that run its modules get a message.
-- KEYS[1] prefix
-- ARGV[1] run  ARGV[2] reason
-- Returns cancelRunReply, with the state before.
local run = ARGV[1]
local state = call('HGET', KEY_OF.run(run), 'state')
if not state then
  return named({ state = '', queues = {}, leases = 0 })
end
if state == 'open' then
  call('HSET', KEY_OF.run(run), 'state', 'cancelled')
  if call('HGET', KEY_OF.run(run), 'ttl') == '' then
    call('ZADD', KEY.runs, digits(nowMs + LIMIT.cancelledRunMs), run) -- nobody owns it: its last stage would have done that
  end
end
local needs = call('SMEMBERS', KEY_OF.run(run) .. ':needs')
for _, need in ipairs(needs) do
  call('HSET', queueKey(need, BULL.meta), BULL.pausedField, 1)
  call('ZREM', KEY.active, need)
  call('ZREM', KEY.due, need)
end
local leases = leasesOf('run', run)
for _, id in ipairs(leases) do
  local host = call('HGET', KEY_OF.lease(id), 'host')
  if host then
    sendTo(host, { type = 'cancel', run = run, lease = id, reason = ARGV[2] })
  end
end
return named({ state = state, queues = needs, leases = #leases })
