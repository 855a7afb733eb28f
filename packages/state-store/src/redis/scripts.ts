import { createHash } from "node:crypto";

/** A script that Redis runs as one step. */
export interface RedisScript {
  readonly text: string;
  readonly sha1: string;
}

export const script = (text: string): RedisScript => ({ text, sha1: createHash("sha1").update(text).digest("hex") });

/** Redis' own clock, ms: nodes' clocks may differ, and must not matter. */
export const NOW = `local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local function int(n) return string.format('%.0f', n) end
`;

/**
 * A session stands in one hash, and in up to four ordered sets: all of the tenant, those of its subject and of its IdP session (score 0, so
 * that they page by digest), and `ends` by the last moment that it can have, whose members name the sets to clean. Keys that a script
 * finds by itself have the tenant's hash tag, so they are on the same node of a cluster.
 */
const DROP = `local prefix, all, ends = ARGV[1], KEYS[1], KEYS[2]
local function forget(digest, u, i)
  redis.call('ZREM', all, digest)
  if u ~= '' then redis.call('ZREM', prefix .. 'u:' .. u, digest) end
  if i ~= '' then redis.call('ZREM', prefix .. 'i:' .. i, digest) end
  redis.call('ZREM', ends, digest .. ':' .. u .. ':' .. i)
end
local function drop(digest)
  local key = prefix .. 's:' .. digest
  local s = redis.call('HMGET', key, 'u', 'i', 'expires')
  if not s[1] then redis.call('ZREM', all, digest) return 0 end
  redis.call('DEL', key)
  forget(digest, s[1], s[2])
  if tonumber(s[3]) > now then return 1 end
  return 0
end
`;

/** KEYS all, ends, session · ARGV prefix, digest, u, i, idleMs, absoluteMs, tombstoneMs, then fields and values */
export const CREATE = script(`${NOW}${DROP}
local digest, u, i = ARGV[2], ARGV[3], ARGV[4]
local last = now + ARGV[6]
local expires = math.min(now + ARGV[5], last)
for _, old in ipairs(redis.call('ZRANGEBYSCORE', ends, '-inf', int(now), 'LIMIT', 0, 50)) do
  local d, ou, oi = string.match(old, '^(%x+):(%x*):(%x*)$')
  forget(d, ou, oi)
end
redis.call('HSET', KEYS[3], 'u', u, 'i', i, 'created', int(now), 'extended', int(now), 'expires', int(expires), 'last', int(last), unpack(ARGV, 8))
redis.call('PEXPIREAT', KEYS[3], int(expires + ARGV[7]))
redis.call('ZADD', ends, int(last + ARGV[7]), digest .. ':' .. u .. ':' .. i)
redis.call('ZADD', all, 0, digest)
local sets = { all, ends, prefix .. 'u:' .. u }
redis.call('ZADD', prefix .. 'u:' .. u, 0, digest)
if i ~= '' then
  redis.call('ZADD', prefix .. 'i:' .. i, 0, digest)
  table.insert(sets, prefix .. 'i:' .. i)
end
for _, set in ipairs(sets) do
  local until_ms = redis.call('PEXPIRETIME', set)
  if until_ms < last + ARGV[7] then redis.call('PEXPIREAT', set, int(last + ARGV[7])) end
end
return 1`);

/** KEYS session → now, then fields and values */
export const GET = script(`${NOW}
return { int(now), redis.call('HGETALL', KEYS[1]) }`);

/** KEYS session · ARGV idleMs, everyMs, tombstoneMs */
export const EXTEND = script(`${NOW}
local s = redis.call('HMGET', KEYS[1], 'expires', 'extended', 'last')
if not s[1] or tonumber(s[1]) <= now or now - tonumber(s[2]) < tonumber(ARGV[2]) then return 0 end
local expires = math.min(now + ARGV[1], tonumber(s[3]))
redis.call('HSET', KEYS[1], 'extended', int(now), 'expires', int(expires))
redis.call('PEXPIREAT', KEYS[1], int(expires + ARGV[3]))
return 1`);

/** KEYS all, ends · ARGV prefix, digest */
export const REMOVE = script(`${NOW}${DROP}
return drop(ARGV[2])`);

/** KEYS all, ends, set · ARGV prefix, most → how many were looked at, how many of them lived */
export const REMOVE_SET = script(`${NOW}${DROP}
local digests = redis.call('ZRANGE', KEYS[3], 0, ARGV[2] - 1)
local lived = 0
for _, digest in ipairs(digests) do
  lived = lived + drop(digest)
  redis.call('ZREM', KEYS[3], digest)
end
return { #digests, lived }`);

/** KEYS set · ARGV prefix, after, most → now, then [digest, fields and values] each */
export const LIST = script(`${NOW}
local from = '-'
if ARGV[2] ~= '' then from = '(' .. ARGV[2] end
local result = { int(now) }
for _, digest in ipairs(redis.call('ZRANGEBYLEX', KEYS[1], from, '+', 'LIMIT', 0, ARGV[3])) do
  table.insert(result, { digest, redis.call('HGETALL', ARGV[1] .. 's:' .. digest) })
end
return result`);

/** KEYS counter · ARGV windowMs → count, ms that are left */
export const INCREMENT = script(`local count = redis.call('INCR', KEYS[1])
if count == 1 or redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return { count, redis.call('PTTL', KEYS[1]) }`);

/**
 * leaseFrom of limits/lease.ts. KEYS bucket · ARGV interval, burst, used, usedSince, returned, want, horizon, nodes. Fractions come back as text.
 */
export const LEASE = script(`local t = redis.call('TIME')
local now = t[1] * 1000 + t[2] / 1000
local interval, tolerance, horizon = tonumber(ARGV[1]), ARGV[2] * ARGV[1], tonumber(ARGV[7])
local latest = now + 2 * tolerance + horizon
local used = tonumber(ARGV[3])
local known = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), used > 0 and now - ARGV[4] or now)
local settled = math.min(math.max(known + (used - ARGV[5]) * interval, now), latest)
local open = math.floor((now + tolerance - settled) / interval + 1e-6)
if open > 0 then open = math.max(1, math.floor(open / ARGV[8]))
else open = math.floor((now + tolerance + horizon - settled) / interval + 1e-6) end
local granted = math.max(0, math.min(tonumber(ARGV[6]), open))
local arrival = settled + granted * interval
redis.call('SET', KEYS[1], string.format('%.3f', arrival), 'PX', string.format('%.0f', math.max(1, math.ceil(arrival - now))))
return { granted, string.format('%.3f', settled + interval - tolerance - now), string.format('%.3f', math.max(0, arrival + interval - now - tolerance)),
  string.format('%.6f', (now + tolerance - arrival) / interval) }`);

/** KEYS nodes · ARGV node, silentMs */
export const PRESENT = script(`${NOW}
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', int(now - ARGV[2]))
redis.call('ZADD', KEYS[1], int(now), ARGV[1])
redis.call('PEXPIRE', KEYS[1], 60000)
return redis.call('ZCARD', KEYS[1])`);
