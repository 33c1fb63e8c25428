import { type RawBuilder, sql } from "kysely";

/**
 * The condition of rows of `latest` in containers. A miner stands in container C06 when its rack is C06, or a rack of it:
 * C06-R2, C06/2, C06.2 or "C06 2".
 */
export const inContainers = (containers: readonly string[]): RawBuilder<unknown> =>
  sql`exists (select from unnest(${[...containers]}::text[]) as c
    where rack = c or (starts_with(rack, c) and substr(rack, length(c) + 1, 1) in ('-', '/', '.', ' ')))`;
