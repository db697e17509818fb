-- @include schedule
-- A host comes up, or comes back after it was given up.
-- KEYS[1] prefix
-- ARGV[1] host  ARGV[2] its incarnation  ARGV[3] URL of its gateway  ARGV[4] milliseconds that it and its leases last unless renewed
-- ARGV[5] 'new', or 'stale' if the process had joined before  ARGV[6] JSON list of all its devices' names
-- ARGV[7] the farm's secret, if nobody has stored one yet
-- ARGV[8] its machine, '' if unknown  ARGV[9] '1' if its gateway is reached from that machine only
-- ARGV[10] its version of Baton
-- Returns joinReply: `again` while its predecessor is cleared away, `replaced` if a stale process finds its successor, `unreachable` if
-- hosts on two machines could not use each other's gateways, `namesake` if a live host on another machine has its name; then nothing has
-- changed. Leases go to hosts that have joined, so each
-- knows the secret before its first one.
local foreign = foreignProtocol()
if foreign then
  return named({ answer = 'foreign', version = foreign })
end
local host, incarnation, machine, isLocal = ARGV[1], ARGV[2], ARGV[8], ARGV[9] == '1'
if ARGV[5] == 'new' then
  local lapses, namesake = call('ZSCORE', KEY.hosts, host), call('HGET', KEY_OF.host(host), 'machine')
  if lapses and tonumber(lapses) > nowMs and machine ~= '' and namesake and namesake ~= '' and namesake ~= machine then
    return named({ answer = 'namesake', gateway = call('HGET', KEY_OF.host(host), 'gateway') or '' })
  end
  for _, other in ipairs(call('ZRANGEBYSCORE', KEY.hosts, '(' .. digits(nowMs), '+inf')) do
    local theirMachine, theirIsLocal = unpack(call('HMGET', KEY_OF.host(other), 'machine', 'local'))
    local apart = other ~= host and machine ~= '' and theirMachine and theirMachine ~= '' and theirMachine ~= machine
    if apart and (isLocal or theirIsLocal == '1') then
      return named({ answer = 'unreachable', host = other, theirs = not isLocal })
    end
  end
end
call('SET', KEY.protocol, PROTOCOL)
local key = KEY_OF.host(host)
local current = call('HGET', key, 'incarnation')
if current and current ~= incarnation then
  if ARGV[5] == 'stale' then
    return named({ answer = 'replaced' })
  end
  if not loseHost(host, 'host ' .. host .. ' was started again') then
    return named({ answer = 'again' })
  end
end
call('HSET', key, 'incarnation', incarnation, 'gateway', ARGV[3], 'ttl', ARGV[4], 'machine', machine, 'local', ARGV[9])
call('HDEL', key, 'draining')
local info = key .. ':info'
if ARGV[5] == 'new' or call('EXISTS', info) == 0 then
  call('HSET', info, 'since', digits(wallMs))
end
call('HDEL', info, 'heartbeat', 'reason')
call('HSET', info, 'version', ARGV[10], 'gateway', ARGV[3])
call('ZADD', KEY.hosts, digits(nowMs + tonumber(ARGV[4])), host)
measureGap()
local keep = {}
for _, device in ipairs(cjson.decode(ARGV[6])) do
  keep[device] = true
end
for _, device in ipairs(call('SMEMBERS', key .. ':devices')) do
  if not keep[device] then
    unregister(device)
  end
end
notifyChange()
audit('event', 'join', 'host', host)
call('SETNX', KEY.secret, ARGV[7])
return named({ answer = 'joined', secret = call('GET', KEY.secret) })
