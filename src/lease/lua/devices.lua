-- Reads the registry.
-- KEYS[1] prefix
-- Returns for each device { name, host, labels, driver, platform, udid, state, reason, since, lease, role, run, need, module, file, granted }
-- with '' where there is nothing.
local rows = {}
for _, name in ipairs(call('SMEMBERS', P .. ':devices')) do
  local d = call('HMGET', P .. ':dev:' .. name, 'host', 'labels', 'driver', 'platform', 'udid', 'state', 'reason', 'since', 'lease', 'role')
  local row = { name }
  for i = 1, 10 do
    row[i + 1] = d[i] or ''
  end
  local l = d[9] and call('HMGET', P .. ':lease:' .. d[9], 'run', 'need', 'module', 'file', 'granted') or {}
  for i = 1, 5 do
    row[i + 11] = l[i] or ''
  end
  rows[#rows + 1] = row
end
return rows
