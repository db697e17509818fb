-- @include schedule
-- Sets the state of a host's device without the end of a lease: it was unplugged, came back, or is given up.
-- KEYS[1] prefix
-- ARGV[1] host  ARGV[2] its incarnation  ARGV[3] device  ARGV[4] checking | offline | quarantined  ARGV[5] reason  ARGV[6] maximum of grants
-- A leased device that goes offline or into quarantine keeps its lease until that ends; its lead host gets a message to stop the module;
-- one that is back before then is leased again. None comes back to a host that is draining.
-- Returns deviceStateReply.
local device, state = ARGV[3], ARGV[4]
local key = KEY_OF.device(device)
local d = call('HMGET', key, 'host', 'state', 'lease')
local minLease
if isHost(ARGV[1], ARGV[2]) and d[1] == ARGV[1] and not (state == 'checking' and isDraining(ARGV[1])) then
  local was, leased = d[2], d[3]
  if state ~= 'checking' then
    setOffline(device, ARGV[1], state, ARGV[5])
    local lead = leased and call('HGET', KEY_OF.lease(leased), 'host')
    if lead then
      sendTo(lead, { type = 'gone', lease = leased, device = device, reason = ARGV[5] })
    end
  elseif not leased and call('HEXISTS', KEY.quarantined, device) == 1 then
    -- Only a person restores it.
    if was ~= 'quarantined' then
      setOffline(device, ARGV[1], 'quarantined', call('HGET', KEY.quarantined, device))
    end
  elseif leased and was ~= 'leased' then
    setState(device, 'leased', ARGV[5])
    setOnline(device)
  elseif not leased then
    minLease = nextLease()
    withdraw(device)
    setChecking(device, ARGV[1], minLease, ARGV[5])
    setOnline(device)
  end
end
local reply = schedule(ARGV[1], tonumber(ARGV[6]))
reply.lease = minLease
return named(reply)
