-- Records how modules of a run ended. The first result of a module is final, whoever records it.
--
-- run:<r>:results hash   module -> its result (JSON)
--
-- KEYS[1] prefix
-- ARGV[1] run  ARGV[2...] a module and its result (JSON), in turn
-- Returns the recorded result of each module; what was passed if the run is gone.
local run = KEY_OF.run(ARGV[1])
local isKept = call('EXISTS', run) == 1
local recorded = {}
for i = 2, #ARGV, 2 do
  if isKept and call('HSETNX', run .. ':results', ARGV[i], ARGV[i + 1]) == 0 then
    recorded[#recorded + 1] = call('HGET', run .. ':results', ARGV[i])
  else
    recorded[#recorded + 1] = ARGV[i + 1]
  end
end
return recorded
