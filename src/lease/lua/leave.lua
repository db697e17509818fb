-- @include schedule
-- A host leaves in two steps: `drain` (its devices are no longer offered, its leases continue), then `gone`.
-- KEYS[1] prefix
-- ARGV[1] host  ARGV[2] its incarnation  ARGV[3] drain | gone
-- Returns 1 when done, 0 if it has to be called again.
local host = ARGV[1]
if not isHost(host, ARGV[2]) then
  return 1
end
if ARGV[3] == 'gone' then
  local done = loseHost(host, 'host ' .. host .. ' has stopped')
  if done then
    schedule('', LIMIT.grants) -- its devices on other hosts and its jobs may go to others at once
  end
  return done and 1 or 0
end
local left = 100
for _, device in ipairs(call('SMEMBERS', KEY_OF.host(host) .. ':up')) do
  if call('HGET', KEY_OF.device(device), 'state') ~= 'offline' then
    if left == 0 then
      return 0
    end
    left = left - 1
    setOffline(device, host, 'offline', stoppingReason(host))
  end
end
return 1
