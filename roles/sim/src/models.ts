import type { MakerName } from "./makers/index.ts";

/** One model the simulator can be. Nameplates are the makers' published ones: TH/s, W; `mhz` the usual chip clock. */
export type Model = {
  id: string;
  family: "antminer" | "whatsminer" | "whatsminer-v3" | "avalon" | MakerName;
  /** What the device calls itself. */
  name: string;
  terahashes: number;
  watts: number;
  boards: number;
  chips: number;
  mhz: number;
  /** Speeds at normal load; none where water or oil cools. */
  fans: readonly number[];
  firmware: string;
  /** Says its power on port 4028. */
  tellsPower: boolean;
};

const air4 = [5_880, 5_820, 5_160, 5_100];
const antminer = (
  id: string,
  name: string,
  figures: Pick<Model, "terahashes" | "watts" | "chips" | "mhz" | "firmware">,
  more: Partial<Model> = {},
): Model => ({
  id,
  name,
  family: "antminer",
  boards: 3,
  fans: air4,
  tellsPower: false,
  ...figures,
  ...more,
});
const whatsminer = (
  id: string,
  name: string,
  figures: Pick<Model, "terahashes" | "watts" | "chips" | "mhz" | "firmware">,
): Model => ({
  id,
  name,
  family: "whatsminer",
  boards: 3,
  fans: [5_400, 5_280],
  tellsPower: true,
  ...figures,
});
const avalon = (
  id: string,
  name: string,
  figures: Pick<Model, "terahashes" | "watts" | "chips" | "mhz" | "firmware" | "fans">,
): Model => ({
  id,
  name,
  family: "avalon",
  boards: 3,
  tellsPower: true,
  ...figures,
});

/** In the order in which a site is filled, the commonest more than once. */
export const MODELS: readonly Model[] = [
  antminer("s19", "Antminer S19", {
    terahashes: 95,
    watts: 3250,
    chips: 76,
    mhz: 675,
    firmware: "Wed Sep 21 17:54:16 CST 2022",
  }),
  antminer("s19pro", "Antminer S19 Pro", {
    terahashes: 110,
    watts: 3250,
    chips: 114,
    mhz: 525,
    firmware: "Tue Dec  6 16:12:30 CST 2022",
  }),
  antminer("s19jpro", "Antminer S19j Pro", {
    terahashes: 104,
    watts: 3068,
    chips: 126,
    mhz: 545,
    firmware: "Thu Mar 16 10:20:11 CST 2023",
  }),
  antminer("s19xp", "Antminer S19 XP", {
    terahashes: 141,
    watts: 3032,
    chips: 110,
    mhz: 695,
    firmware: "Mon Feb 13 09:41:52 CST 2023",
  }),
  antminer(
    "s21",
    "Antminer S21",
    { terahashes: 200, watts: 3500, chips: 108, mhz: 490, firmware: "Thu Jul 11 16:38:25 CST 2024" },
    { tellsPower: true },
  ),
  antminer(
    "t21",
    "Antminer T21",
    { terahashes: 190, watts: 3610, chips: 108, mhz: 465, firmware: "Fri May 17 11:25:40 CST 2024" },
    { tellsPower: true },
  ),
  antminer(
    "s21hyd",
    "Antminer S21 Hyd.",
    { terahashes: 335, watts: 5360, chips: 216, mhz: 505, firmware: "Wed Jun  5 14:02:19 CST 2024" },
    { fans: [] },
  ),
  whatsminer("m30splus", "M30S+_VE50", {
    terahashes: 102,
    watts: 3468,
    chips: 215,
    mhz: 648,
    firmware: "20210322.22.REL",
  }),
  whatsminer("m50", "M50_VH10", { terahashes: 116, watts: 3306, chips: 84, mhz: 655, firmware: "20230803.11.REL" }),
  whatsminer("m60s", "M60S_VK40", { terahashes: 186, watts: 3441, chips: 75, mhz: 625, firmware: "20240624.18.REL" }),
  avalon("a1246", "1246", {
    terahashes: 90,
    watts: 3420,
    chips: 120,
    mhz: 502,
    firmware: "21072802_4ec6bb0_211fc46",
    fans: [5_340, 5_390, 5_350, 5_310],
  }),
  avalon("a1466", "1466", {
    terahashes: 150,
    watts: 3230,
    chips: 160,
    mhz: 330,
    firmware: "23101901_0c3e52b_8c3a6d0",
    fans: [4_980, 5_010, 4_950, 4_990],
  }),
  avalon("a15", "15-194", {
    terahashes: 194,
    watts: 3647,
    chips: 160,
    mhz: 346,
    firmware: "24102401_25462b2_9ddf522",
    fans: [4_275, 4_282],
  }),
];

/** Only when asked for by name: this one has no port 4028, and a site's list knows miners by that. */
const V3_MODEL: Model = {
  ...whatsminer("m66s", "M66S_VK20", {
    terahashes: 298,
    watts: 5513,
    chips: 368,
    mhz: 610,
    firmware: "20251209.16.Rel2",
  }),
  family: "whatsminer-v3",
  fans: [],
};

const other = (
  family: MakerName,
  id: string,
  name: string,
  figures: Pick<Model, "terahashes" | "watts" | "chips" | "mhz" | "firmware">,
  more: Partial<Model> = {},
): Model => ({ id, name, family, boards: 3, fans: air4, tellsPower: true, ...figures, ...more });

/** Other firmwares and makers, also only by name: most have their web server beside port 4028, or nothing else. */
export const OTHER_MODELS: readonly Model[] = [
  V3_MODEL,
  other("braiins", "s19xp-braiins", "Antminer S19 XP", {
    terahashes: 141,
    watts: 3010,
    chips: 110,
    mhz: 500,
    firmware: "25.11",
  }),
  other("vnish", "s19xp-vnish", "Antminer S19 XP", {
    terahashes: 141,
    watts: 3010,
    chips: 110,
    mhz: 500,
    firmware: "1.2.6",
  }),
  other("luxos", "s19kpro-luxos", "Antminer S19k Pro", {
    terahashes: 120,
    watts: 2760,
    chips: 77,
    mhz: 550,
    firmware: "2025.4.8",
  }),
  other("epic", "s19xp-epic", "AntMiner S19 XP", {
    terahashes: 143,
    watts: 3050,
    chips: 110,
    mhz: 487,
    firmware: "1.5.13",
  }),
  other("auradine", "at1500", "AT1500", { terahashes: 150, watts: 3400, chips: 132, mhz: 280, firmware: "2023-12.27" }),
  other("sealminer", "sealminer-a2", "A2", {
    terahashes: 226,
    watts: 3730,
    chips: 153,
    mhz: 346,
    firmware: "2025091001",
  }),
  other(
    "proto",
    "proto-rig",
    "Proto Rig",
    { terahashes: 145, watts: 3447, chips: 120, mhz: 400, firmware: "1.8.0" },
    { boards: 4 },
  ),
  other(
    "bitaxe",
    "bitaxe-gamma",
    "Bitaxe Gamma",
    { terahashes: 1.2, watts: 17, chips: 1, mhz: 525, firmware: "v2.9.0" },
    { boards: 1, fans: [3_500] },
  ),
  other(
    "elphapex",
    "dg1",
    "DG1",
    { terahashes: 0.011, watts: 3420, chips: 144, mhz: 1_800, firmware: "DG1_V1.0.5" },
    { boards: 4 },
  ),
  other("hiveon", "s19jpro-hiveon", "Antminer S19j Pro", {
    terahashes: 104,
    watts: 3068,
    chips: 126,
    mhz: 545,
    firmware: "Thu Mar 16 10:20:11 CST 2023",
  }),
  other("mskminer", "s19-msk", "Antminer S19", {
    terahashes: 95,
    watts: 3250,
    chips: 76,
    mhz: 675,
    firmware: "10 Dec 2024 14:34:31 GMT",
  }),
  other("hammer", "d10", "Hammer D10", {
    terahashes: 0.005,
    watts: 1300,
    chips: 108,
    mhz: 810,
    firmware: "2023-05-28 17-20-35 CST",
  }),
  other("cgminer", "unknown", "Example X1", { terahashes: 50, watts: 2500, chips: 88, mhz: 600, firmware: "4.12.1" }),
];

export const modelById = (id: string): Model | undefined =>
  [...MODELS, ...OTHER_MODELS].find((model) => model.id === id);
