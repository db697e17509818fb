-- @include device need
-- Who could serve some needs, registered or not.
-- KEYS[1] prefix
-- ARGV[1] JSON [[role, ask], ...]  ARGV[2] a registered need, or ''
-- Returns { now | later | never, JSON [[role, [device, ...]], ...] over all registered devices, since when it waits in vain (ms) or '' }.
local roles = cjson.decode(ARGV[1])
local able = {}
for i, role in ipairs(roles) do
  local devices = devicesForAny(role[2], 'devices')
  table.sort(devices)
  able[i] = '[' .. cjson.encode(role[1]) .. ',' .. array(devices) .. ']'
end
return { answerFor(roles), '[' .. table.concat(able, ',') .. ']', call('HGET', P .. ':infeasible', ARGV[2]) or '' }
