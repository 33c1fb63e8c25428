import "./stories.css";
import { lazy, Suspense } from "react";
import { useLang } from "../../hooks/use-lang.ts";
import { ChartStories } from "./chart-stories.tsx";
import { FigureStories } from "./figure-stories.tsx";
import { StateStories } from "./state-stories.tsx";
import { VideoStories } from "./video-stories.tsx";

const TableStories = lazy(() => import("./table-stories.tsx"));

/** Every component in all its states, to be photographed. Part of builds for tests only. */
export default function StoriesPage() {
  const { lang } = useLang();
  return (
    <div className="bm-stack" data-stories={lang}>
      <h1>Components</h1>
      <FigureStories />
      <StateStories />
      <VideoStories />
      <ChartStories />
      <Suspense>
        <TableStories />
      </Suspense>
    </div>
  );
}
