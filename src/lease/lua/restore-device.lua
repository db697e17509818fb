-- @include schedule
-- A person lets a quarantined device serve again, whoever took it out of use. Its host checks it first.
-- KEYS[1] prefix
-- ARGV[1] device
-- Returns restoreReply.
local device = ARGV[1]
local d = call('HMGET', KEY_OF.device(device), 'host', 'state')
if not d[1] then
  return 'unknown'
end
local removed = call('HDEL', KEY.quarantined, device)
if d[2] ~= 'quarantined' then
  return removed == 1 and 'done' or 'not-quarantined'
end
local lapses = call('ZSCORE', KEY.hosts, d[1])
if not lapses or tonumber(lapses) <= nowMs then
  setOffline(device, d[1], 'offline', 'host ' .. d[1] .. ' is not there')
  return 'offline'
end
local minLease = nextLease()
setChecking(device, d[1], minLease, 'restored')
setOnline(device)
sendTo(d[1], { type = 'check', device = device, lease = minLease, reason = 'restored' })
schedule('', LIMIT.grants)
return 'done'
