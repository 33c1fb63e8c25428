/** What a mine earns by, typed in or told by collectors, and what each site pays for power. */
export const market = `
create table market_facts (
  name text not null,
  origin text not null check (origin in ('manual', 'collector')),
  value float8 not null,
  at timestamptz not null,
  source text not null,
  primary key (name, origin)
);

create table market_settings (
  only_row bool primary key default true check (only_row),
  scheme text not null default 'fpps' check (scheme in ('fpps', 'pps')),
  pool_fee float8 not null default 0
);
insert into market_settings default values;

create table site_tariffs (
  site_no int primary key references sites on delete cascade,
  tariff json not null,
  updated_at timestamptz not null default now()
);
`;
