import { Stage } from "./stage.tsx";
import type { VideoScreen } from "./use-video-view.ts";
import { WallStage } from "./wall-stage.tsx";

/** The pictures themselves, in the way their number asks for. */
export function Screen({ screen }: { screen: VideoScreen }) {
  const { promoted, promote, tier, layout, tiles, blocks, pictures } = screen;
  if (promoted)
    return <Stage tiles={tiles} layout="1" tier="focus" pictures={pictures} onPress={() => promote(null)} />;
  if (tier === "wall") return <WallStage tiles={tiles} blocks={blocks} pictures={pictures} onPress={promote} />;
  return <Stage tiles={tiles} layout={layout} tier={tier} pictures={pictures} onPress={promote} />;
}
