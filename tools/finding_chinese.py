"""Findings in Chinese, by their codes: title and condition."""

CHINESE = {
    "softmax_of_one": "只有一个单元的 softmax：带 softmax 的层只有 1 个单元，输出恒为 1",
    "missing_probabilities": "损失需要概率：交叉熵没有设 from_logits，而自己的输出层没有 softmax 或 sigmoid",
    "activated_logits": "损失需要 logits：损失设了 from_logits，而自己的输出层带 softmax 或 sigmoid",
    "bounded_regression": "预测值达不到所有目标：回归的输出层用了取值有界的激活函数",
    "constant_weights": "初始权重相同：隐藏层的权重初始化为零、一或常数；所有层（包括输出层）都如此时是错误",
    "batches_of_one": "批次只有一个样本的批归一化：batch_size 为 1，且有 BatchNormalization；"
    "没有卷积层或循环层时是错误",
    "unsuitable_initializer": "初始化与激活函数不匹配：与合适的初始化相比，一串层使信号的方差改变 100 倍",
    "learning_rate": "学习率反常：学习率超出该优化器常用范围 10 倍以上",
    "linear_layers": "连续的线性层：没有激活函数的层后面是同类的层或输出层，且不比它窄",
    "bottleneck": "一个单元的瓶颈：从输入到输出的所有路径都经过只有 1 个单元的隐藏层",
    "dropout_before_normalization": "批归一化之前的 dropout：dropout 层紧接在 BatchNormalization 之前",
    "without_effect": "没有作用：某层乘以 0、丢弃全部输入、或把张量与自身合并；或某个输出的权重为 0",
    "memory": "内存不足：权重、梯度、优化器状态和一个批次的输出超过可用内存",
    "few_samples": "参数远多于样本：每个训练样本有 1,000 个可训练参数（不计嵌入）；达到 10,000 时是警告",
    "vocabulary": "编号超出词表：嵌入的向量数少于数据中最大编号所需",
    "scales": "特征的尺度相差很大：网络收到的某个特征的标准差是各特征中位数的 100 倍",
    "diverged": "训练发散：损失或权重变为无穷大或 NaN",
    "overfitting": "过拟合：测试样本上缺失了训练所得提升的 20 %（40 % 起是错误），超出抽样误差；"
    "或训练损失下降而验证损失上升（错误）",
    "below_baseline": "不如基线：测试样本上的得分低于常数预测，超出抽样误差",
    "better_epoch": "较早的轮次更好：较早轮次的验证损失更低，超出抽样误差",
    "unstable": "训练不稳定：训练损失回升，幅度达到总下降的 20 %",
    "underfitting": "欠拟合：训练样本上的得分相对基线的提升不到可能提升的 5 %",
    "still_improving": "最后一轮仍在改善：在最后十分之一的轮次中损失仍在下降",
}
