-- @include feasibility
-- Which devices could serve some needs. The needs don't have to be registered.
-- KEYS[1] prefix
-- ARGV[1] JSON [[role, selector], ...]  ARGV[2] a registered need, whose app some may have refused, or ''
-- Returns needStateReply.
local roles = cjson.decode(ARGV[1])
local able = {}
for i, role in ipairs(roles) do
  local devices = devicesForAny(role[2], 'devices')
  table.sort(devices)
  able[i] = '[' .. cjson.encode(role[1]) .. ',' .. array(devices) .. ']'
end
local answer = answerFor(roles, (devicesRefusing(ARGV[2])))
return named({ answer = answer, roles = '[' .. table.concat(able, ',') .. ']', refusals = call('HGETALL', KEY_OF.refused(ARGV[2])) })
