-- @include demand
-- How many modules wait for devices, and since when.
-- KEYS[1] prefix
-- ARGV[1] how many needs to skip; a call reads at most LIMIT.batch of them
-- Returns queueDepthReply: a list of [roles, modules, timestamp of the one that waits at the front, or 0], one for each set of needs
-- with waiting modules.
local first = tonumber(ARGV[1])
local needs = call('ZRANGE', KEY.active, first, first + LIMIT.batch - 1)
local depths = {}
for _, need in ipairs(needs) do
  local d = definition(need)
  local count = d and demand(need, math.huge) or 0
  if count > 0 then
    local job = nextJob(need)
    local added = job and call('HGET', queueKey(need, job), BULL.timestampField)
    depths[#depths + 1] = { #d.roles, count, tonumber(added or '0') or 0 }
  end
end
return named({ read = #needs, depths = array(depths), now = digits(wallMs) })
