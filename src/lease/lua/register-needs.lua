-- @include need
-- Registers the needs of a run's modules, once.
-- KEYS[1] prefix
-- ARGV[1] need (its queue's name)  ARGV[2] JSON { run, roles: [[role, selector], ...], stage?, app? }  ARGV[3] run
-- Returns 1, or 0 if the run is not open.
local need, run = ARGV[1], ARGV[3]
if call('HGET', KEY_OF.run(run), 'state') ~= 'open' then
  return 0
end
if call('SETNX', KEY_OF.need(need), ARGV[2]) == 1 then
  if not definition(need).stage then
    call('SADD', KEY.needs, need)
  end
  call('SADD', KEY_OF.run(run) .. ':needs', need)
  for _, role in ipairs(definition(need).roles) do
    for _, selector in ipairs(alternatives(role[2])) do
      if call('HINCRBY', KEY.selectors, selector, 1) == 1 then
        for _, device in ipairs(devicesFor(selector, 'devices')) do
          call('SADD', KEY_OF.selectorsOf(device), selector)
        end
        rankFree(devicesFor(selector, 'free'))
      end
    end
  end
end
return 1
