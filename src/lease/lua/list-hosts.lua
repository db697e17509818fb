-- Reads hosts of the farm.
-- KEYS[1] prefix
-- ARGV[1...] names; at most LIMIT.batch
-- Returns a hostRow for each.
local leads = {}
for _, lease in ipairs(call('ZRANGE', KEY.leases, 0, -1)) do
  local host = call('HGET', KEY_OF.lease(lease), 'host')
  if host then
    leads[host] = (leads[host] or 0) + 1
  end
end
local rows = {}
for _, name in ipairs(ARGV) do
  local key = KEY_OF.host(name)
  local lapses = call('ZSCORE', KEY.hosts, name)
  local ttl, draining = unpack(call('HMGET', key, 'ttl', 'draining'))
  local info = call('HMGET', key .. ':info', 'version', 'gateway', 'since', 'heartbeat', 'reason')
  local live = lapses and tonumber(lapses) > nowMs
  local heartbeat = lapses and ttl and digits(toWallMs(tonumber(lapses) - tonumber(ttl))) or info[4]
  rows[#rows + 1] = named({
    name = name,
    state = live and (draining and 'draining' or 'serving') or 'gone',
    reason = not live and (info[5] or ('host ' .. name .. ' vanished')) or '',
    version = info[1] or nil,
    gateway = info[2] or nil,
    since = info[3] or nil,
    heartbeat = heartbeat or nil,
    modules = leads[name] or 0,
    now = digits(wallMs),
  })
end
return rows
