import type { ConfigProviderProps } from "antd";
import type { Lang } from "../format/format.ts";

type Locale = NonNullable<ConfigProviderProps["locale"]>;

/** The few texts that antd's own parts show; ours all stand in en.ts and zh.ts. */
const locales: Record<Lang, Locale> = {
  en: {
    locale: "en",
    Pagination: {
      items_per_page: "a page",
      jump_to: "Go to",
      page: "Page",
      prev_page: "Previous page",
      next_page: "Next page",
      prev_5: "Back 5 pages",
      next_5: "On 5 pages",
      page_size: "rows a page",
    },
    Table: { triggerDesc: "Sort descending", triggerAsc: "Sort ascending", cancelSort: "Default order" },
    Modal: { okText: "OK", cancelText: "Cancel", justOkText: "OK" },
    Empty: { description: "Nothing here" },
  },
  zh: {
    locale: "zh-cn",
    Pagination: {
      items_per_page: "条/页",
      jump_to: "跳至",
      page: "页",
      prev_page: "上一页",
      next_page: "下一页",
      prev_5: "向前 5 页",
      next_5: "向后 5 页",
      page_size: "每页条数",
    },
    Table: { triggerDesc: "点击降序", triggerAsc: "点击升序", cancelSort: "恢复默认排序" },
    Modal: { okText: "确定", cancelText: "取消", justOkText: "知道了" },
    Empty: { description: "暂无数据" },
  },
};

export const antdLocale = (lang: Lang): Locale => locales[lang];
