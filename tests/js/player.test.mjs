import assert from "node:assert/strict";
import { test } from "node:test";
import { Player, speedsFor } from "../../static/js/lab/player.js";

function playing({ bufferedS = 10, complete = true, speed = 2 } = {}) {
  const player = new Player();
  player.reset(20);
  player.setSpeed(speed);
  player.setBuffered(bufferedS, complete);
  player.play();
  return player;
}

test("moves at its speed", () => {
  const player = playing();
  player.advance(1);
  assert.equal(player.playhead, 2);
});

test("never passes what is buffered, and says that it waits", () => {
  const player = playing({ bufferedS: 3, complete: false });
  player.advance(60);
  assert.equal(player.playhead, 3);
  assert.equal(player.waiting, true);
  player.setBuffered(8, false);
  assert.equal(player.waiting, false);
  player.advance(1);
  assert.equal(player.playhead, 5);
});

test("stops at the end, and plays again from the start", () => {
  const player = playing();
  player.advance(60);
  assert.equal(player.ended, true);
  assert.equal(player.playing, false);
  player.play();
  assert.equal(player.playhead, 0);
});

test("holds at a change until it is released", () => {
  const player = playing({ bufferedS: 20 });
  player.hold(4);
  player.advance(60);
  assert.equal(player.playhead, 4);
  player.release();
  player.advance(1);
  assert.equal(player.playhead, 6);
});

test("comes back when a new take knows less", () => {
  const player = playing();
  player.seek(9);
  player.setBuffered(5, false);
  assert.equal(player.playhead, 5);
});

test("remembers how far it was watched, for the flags on the rail", () => {
  const player = playing();
  player.seek(8);
  player.seek(2);
  assert.equal(player.furthestS, 8);
  player.unsee(5);
  assert.equal(player.furthestS, 5);
});

test("steps through the speeds and stays inside them", () => {
  const player = playing({ speed: 8 });
  player.nudgeSpeed(1);
  player.nudgeSpeed(1);
  assert.equal(player.speed, 16);
});

test("says when it moves and when its state changes", () => {
  const player = playing();
  const heard = [];
  for (const name of ["move", "state"]) player.addEventListener(name, () => heard.push(name));
  player.seek(10);
  assert.deepEqual(heard, ["move", "state"]);
});

test("a run of hours is offered at speeds that show it in a minute", () => {
  assert.deepEqual(speedsFor(120), [0.5, 1, 2, 4, 8, 16]);
  const player = new Player();
  player.reset(4800);
  assert.equal(player.speed, 128);
  assert.deepEqual(player.speeds, [1, 4, 16, 32, 64, 128, 256, 512]);
  player.nudgeSpeed(1);
  assert.equal(player.speed, 256);
  player.reset(4800);
  assert.equal(player.speed, 256);
  player.reset(120);
  assert.equal(player.speed, 4);
});
