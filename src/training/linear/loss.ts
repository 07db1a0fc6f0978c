/** What a linear model's outputs are measured by, with its derivative. */
export interface Loss {
  /** Outputs of the model, K. */
  readonly outputs: number
  /**
   * Replaces the outputs of some rows by their weighted derivatives of the loss.
   * @param outputs row-major [rows × K]
   * @param from the first of the rows
   * @returns Σ weight · loss of these rows
   */
  derive(outputs: Float64Array, from: number): number
  /** Replaces the outputs of some rows by their weighted second derivatives of the loss. */
  deriveTwice(outputs: Float64Array, from: number): void
  /** Intercepts that are best where there is no feature, shape [K]. */
  readonly intercepts: Float64Array
}

/** Half the squared error of numbers: ½ (z − y)². */
export function squaredLoss(targets: Float64Array, weights: Float64Array): Loss {
  const mean = weightedSum(targets, weights) / total(weights)
  return {
    outputs: 1,
    intercepts: Float64Array.of(mean),
    deriveTwice: (outputs, from) => outputs.set(weights.subarray(from, from + outputs.length)),
    derive: (outputs, from) => {
      let loss = 0
      for (let i = 0; i < outputs.length; i++) {
        const error = (outputs[i] as number) - (targets[from + i] as number)
        const weight = weights[from + i] as number
        loss += 0.5 * weight * error * error
        outputs[i] = weight * error
      }
      return loss
    },
  }
}

/**
 * Log loss of two classes: ln(1 + e^z) − y z, in nats, where z is the log odds of class 1.
 * @param labels 0 or 1
 */
export function binaryLoss(labels: Int32Array, weights: Float64Array): Loss {
  const share = within(weightedSum(labels, weights) / total(weights), labels.length)
  return {
    outputs: 1,
    intercepts: Float64Array.of(Math.log(share / (1 - share))),
    deriveTwice: (outputs, from) => {
      for (let i = 0; i < outputs.length; i++) {
        const probability = 1 / (1 + Math.exp(-(outputs[i] as number)))
        outputs[i] = (weights[from + i] as number) * probability * (1 - probability)
      }
    },
    derive: (outputs, from) => {
      let loss = 0
      let product = 1 // of the rows' 1 + e^−|z|: one logarithm for many rows
      let weightOfProduct = weights[from] as number
      for (let i = 0; i < outputs.length; i++) {
        const z = outputs[i] as number
        const weight = weights[from + i] as number
        const isPositive = labels[from + i] === 1
        const small = Math.exp(-Math.abs(z))
        if (weight !== weightOfProduct || product > 1e300) {
          loss += weightOfProduct * Math.log(product)
          product = 1
          weightOfProduct = weight
        }
        product *= 1 + small
        if (z > 0 !== isPositive) loss += weight * Math.abs(z)
        const probability = (z > 0 ? 1 : small) / (1 + small)
        outputs[i] = weight * (isPositive ? probability - 1 : probability)
      }
      return loss + weightOfProduct * Math.log(product)
    },
  }
}

/** Log loss of K classes: ln Σₖ e^zₖ − z of the row's class, in nats. */
export function softmaxLoss(labels: Int32Array, weights: Float64Array, classCount: number): Loss {
  const counts = new Float64Array(classCount)
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row] as number
    counts[label] = (counts[label] as number) + (weights[row] as number)
  }
  const shares = counts.map((count) => within(count / total(weights), labels.length))
  return {
    outputs: classCount,
    intercepts: shares.map(Math.log),
    deriveTwice: (outputs, from) => {
      for (let start = 0, row = from; start < outputs.length; start += classCount, row++) {
        const probabilities = outputs.subarray(start, start + classCount)
        softmax(probabilities)
        for (let k = 0; k < classCount; k++) {
          const probability = probabilities[k] as number
          probabilities[k] = (weights[row] as number) * probability * (1 - probability)
        }
      }
    },
    derive: (outputs, from) => {
      let loss = 0
      for (let start = 0, row = from; start < outputs.length; start += classCount, row++) {
        const end = start + classCount
        const own = start + (labels[row] as number)
        const weight = weights[row] as number
        let most = -Infinity
        for (let k = start; k < end; k++) most = Math.max(most, outputs[k] as number)
        const ownOutput = (outputs[own] as number) - most
        let sum = 0
        for (let k = start; k < end; k++) sum += outputs[k] = Math.exp((outputs[k] as number) - most)
        loss += weight * (Math.log(sum) - ownOutput)
        const scale = weight / sum
        for (let k = start; k < end; k++) outputs[k] = (outputs[k] as number) * scale
        outputs[own] = (outputs[own] as number) - weight
      }
      return loss
    },
  }
}

/** Replaces K outputs by their probabilities. */
export function softmax(outputs: Float64Array): void {
  const most = outputs.reduce((a, b) => Math.max(a, b), -Infinity)
  let sum = 0
  for (let k = 0; k < outputs.length; k++) sum += outputs[k] = Math.exp((outputs[k] as number) - most)
  for (let k = 0; k < outputs.length; k++) outputs[k] = (outputs[k] as number) / sum
}

/** A share that stays off 0 and 1 by half a row, where its logarithm would be infinite. */
const within = (share: number, rows: number): number => Math.min(Math.max(share, 0.5 / rows), 1 - 0.5 / rows)

const total = (weights: Float64Array): number => weights.reduce((sum, weight) => sum + weight, 0)

const weightedSum = (values: ArrayLike<number>, weights: Float64Array): number =>
  weights.reduce((sum, weight, i) => sum + weight * (values[i] as number), 0)
