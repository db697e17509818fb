-- A run refers to bundles; they stay until the last run that refers to them is forgotten.
-- KEYS[1] prefix
-- ARGV[1] run  ARGV[2...] hashes
-- Returns the hashes that are not stored yet, or 0 if the farm has no such run.
local run, missing = ARGV[1], {}
if call('EXISTS', KEY_OF.run(run)) == 0 then
  return 0
end
for i = 2, #ARGV do
  call('SADD', KEY_OF.bundle(ARGV[i]) .. ':runs', run)
  call('SADD', KEY_OF.run(run) .. ':bundles', ARGV[i])
  if call('EXISTS', KEY_OF.bundle(ARGV[i])) == 0 then
    missing[#missing + 1] = ARGV[i]
  end
end
return missing
