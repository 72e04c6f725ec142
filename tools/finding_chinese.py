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
    "few_samples": "参数远多于样本：训练集的每个目标值有 1,000 个可训练参数（不计嵌入），达到 10,000 时是警告；"
    "分割和文本的一个样本有许多目标值",
    "vocabulary": "编号超出词表：嵌入的向量数少于数据中最大编号所需",
    "scales": "特征的尺度相差很大：网络收到的某个特征的标准差是各特征中位数的 100 倍",
    "unlike_samples": "验证或测试样本与训练样本不同：并非随机划分时，某一列的分布不同：距离至少 0.15，"
    "且 p 小于 0.001 除以列数（Kolmogorov-Smirnov 检验、卡方检验）",
    "missing_values": "缺失值：表的某一列有缺失值",
    "not_finite": "数值不是有限的：第一步中某层的输出或梯度是 NaN 或无穷大",
    "identical_units": "相同的单元：某层至少一半的单元与另一个单元的权重和梯度都相同",
    "dead_units": "死亡的单元：某个 ReLU 的全部单元对所有样本都是 0（错误），"
    "或者这样的单元多于一半，超出偶然（3 倍标准误差）",
    "vanishing": "信号或梯度消失：前面某层的梯度不到后面某层的千分之一，"
    "或者最后一个隐藏层的输出在样本间的变化不到第一层的千分之一",
    "exploding": "信号或梯度爆炸：前面某层的梯度超过后面某层的 1,000 倍，"
    "或者最后一个隐藏层的输出在样本间的变化超过第一层的 1,000 倍",
    "saturated_units": "饱和的单元：sigmoid、tanh 或 softmax 至少 50 % 的输出是饱和的",
    "no_learning_rate": "没有学习率能降低损失：在学习率逐步升高的短训练中，损失从未下降 5 %",
    "learning_rate_high": "学习率过大：在学习率逐步升高的短训练中，到配方的学习率时损失上升",
    "learning_rate_low": "学习率过小：在学习率逐步升高的短训练中，到配方学习率的 30 倍以上损失才开始下降",
    "diverged": "训练发散：损失或权重变为无穷大或 NaN",
    "overfitting": "过拟合：测试样本上缺失了训练所得提升的 20 %（40 % 起是错误），超出抽样误差；"
    "或训练损失下降而验证损失上升（错误）",
    "below_baseline": "不如基线：测试样本上的得分低于常数预测，超出抽样误差",
    "better_epoch": "较早的轮次更好：较早轮次的验证损失更低，超出抽样误差",
    "unstable": "训练不稳定：训练损失回升，幅度达到总下降的 20 %",
    "one_class": "只预测一个类别：所有样本都被预测为同一类，而至少两个样本属于其他类；该类占 90 % 以上时是提示",
    "flat_loss": "损失不下降：至少 5 轮中训练损失的下降不到 0.5 %，得分与常数预测相同",
    "underfitting": "欠拟合：n 个训练样本上所有得分相对基线的提升都低于可能提升的 1 / sqrt(n)",
    "still_improving": "最后一轮仍在改善：在最后十分之一的轮次中损失仍在下降",
}
