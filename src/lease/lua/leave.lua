-- @include schedule
-- A host leaves in two steps: `drain` (its devices are no longer offered, its leases continue), then `gone`.
-- KEYS[1] prefix
-- ARGV[1] host  ARGV[2] its incarnation  ARGV[3] drain | gone
-- Returns -1 if it has to be called again; else how many of its devices other hosts' modules still use.
local host = ARGV[1]
if not isHost(host, ARGV[2]) then
  return 0
end
if ARGV[3] == 'gone' then
  local done = loseHost(host, 'host ' .. host .. ' has stopped')
  if done then
    schedule('', LIMIT.grants) -- its devices on other hosts and its jobs may go to others at once
  end
  return done and 0 or -1
end
return drainHost(host) and lentDevices(host) or -1
