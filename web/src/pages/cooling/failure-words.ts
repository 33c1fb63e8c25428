import type { CoolingUnitRow } from "@banksman/wire/api";
import type { Lang } from "../../format/format.ts";

type Words = Record<Lang, string>;

/** Why a unit was not read, by the code of its edge. */
const WORDS: Readonly<Record<string, Words>> = {
  timed_out: { en: "nobody answers at its address", zh: "该地址无应答" },
  unreachable: { en: "there is no way to its address", zh: "无法连通该地址" },
  refused: { en: "nothing listens at its port", zh: "端口无服务" },
  silent: { en: "it took the request and did not answer in time", zh: "已收到请求但未及时应答" },
  not_cooling: { en: "what answers is no cooling unit", zh: "应答的不是冷却机组" },
  bad_answer: { en: "it gave no usable answer", zh: "应答无法识别" },
  access_denied: { en: "it wants another name or password", zh: "用户名或密码不被接受" },
  device_busy: { en: "others asked it all the time", zh: "一直被其他请求占用" },
  no_time: { en: "the round was over before its turn", zh: "本轮结束前未轮到读取" },
  no_driver: { en: "its edge has no such driver", zh: "采集端没有该驱动" },
  edge_failed: { en: "its edge made a mistake; its log has the reason", zh: "采集端出错，原因见其日志" },
};

/** In the reader's language; what a newer edge tells keeps its own words. */
export const failureWords = ({ code, reason }: NonNullable<CoolingUnitRow["failure"]>, lang: Lang): string =>
  (Object.hasOwn(WORDS, code) ? WORDS[code]?.[lang] : null) ?? reason;
