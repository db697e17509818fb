-- @include schedule
-- Removes what is left of a run; its queues were obliterated before.
-- KEYS[1] prefix
-- ARGV[1] run  ARGV[2] milliseconds that its stream is kept, '0' to remove it at once
-- Returns 1.
local run = ARGV[1]
local key = KEY_OF.run(run)
for _, id in ipairs(leasesOf('run', run)) do
  local host = call('HGET', KEY_OF.lease(id), 'host')
  endLease(id, 'expire', 'run ' .. run .. ' is over', { outcome = 'interrupted', reason = 'its run is over' })
  if host then
    sendTo(host, { type = 'lost', lease = id, reason = 'run ' .. run .. ' is over' })
  end
end
for _, need in ipairs(call('SMEMBERS', key .. ':needs')) do
  local d = definition(need)
  for _, role in ipairs(d and d.roles or {}) do
    for _, selector in ipairs(alternatives(role[2])) do
      if call('HINCRBY', KEY.selectors, selector, -1) <= 0 then
        call('HDEL', KEY.selectors, selector)
        call('DEL', KEY_OF.freeFor(selector))
        for _, device in ipairs(devicesFor(selector, 'devices')) do
          call('SREM', KEY_OF.selectorsOf(device), selector)
          selectorsByDevice[device] = nil
        end
        rankFree(devicesFor(selector, 'free'))
      end
    end
  end
  call('SREM', KEY.needs, need)
  for _, key in ipairs({ KEY.active, KEY.due, KEY.hold }) do
    call('ZREM', key, need)
  end
  for _, key in ipairs({ KEY.empties, KEY.feasible, KEY.infeasible }) do
    call('HDEL', key, need)
  end
  call('DEL', KEY_OF.need(need), KEY_OF.promised(need), KEY_OF.reasons(need))
  call('DEL', KEY_OF.failedOn(need), KEY_OF.refused(need))
  -- what an expiring lease has just written, or another process that cleans up the same run
  for _, name in ipairs({ BULL.stalled, BULL.stalledCheck, BULL.meta, BULL.events }) do
    call('DEL', queueKey(need, name))
  end
end
for _, stage in ipairs(call('HKEYS', key .. ':stages')) do
  call('ZREM', KEY.stages, run .. ' ' .. stage)
end
for _, hash in ipairs(call('SMEMBERS', key .. ':bundles')) do
  local users = KEY_OF.bundle(hash) .. ':runs'
  call('SREM', users, run)
  if call('SCARD', users) == 0 then
    call('DEL', KEY_OF.bundle(hash))
  end
end
call('ZREM', KEY.runs, run)
measureGap()
call('DEL', key, key .. ':needs', key .. ':bundles', key .. ':artifacts', key .. ':results')
call('DEL', key .. ':fetched')
call('DEL', key .. ':stages', key .. ':stage-states', key .. ':stage-faults', key .. ':recorded')
if ARGV[2] == '0' then
  call('DEL', key .. ':events')
else
  call('PEXPIRE', key .. ':events', ARGV[2])
end
schedule('', LIMIT.grants) -- its devices may serve others
return 1
