/** Who may do what, and where: roles of one's own beside those built in, and who holds which role in which scope. */
export const grants = `
create table roles (
  role text primary key,
  permissions text[] not null,
  updated_at timestamptz not null default now(),
  updated_by text
);

create table grants (
  grant_id int generated always as identity primary key,
  user_no int not null references users on delete cascade,
  role text not null,
  scope text not null check (scope in ('all', 'region', 'site', 'container')),
  region text,
  site_no int references sites on delete cascade,
  container text,
  check ((scope = 'region') = (region is not null)),
  check ((scope in ('site', 'container')) = (site_no is not null)),
  check ((scope = 'container') = (container is not null))
);
create index grants_user on grants (user_no);
create index grants_role on grants (role);

insert into grants (user_no, role, scope) select user_no, role, 'all' from users;
alter table users drop column role;
`;
